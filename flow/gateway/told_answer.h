#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "flow/gateway/discretion.h"

namespace flow {

/// The body of an answer as a user of this name is told it: a value that is an absolute path
/// becomes Discretion::kPath, and the field `owner` of any map in it is "" where it names somebody
/// else. Nothing when it stays as it is.
std::optional<std::string> told_answer(std::string_view body, const std::string& owner,
                                       const Discretion& discretion);

}  // namespace flow
