#pragma once

#include <filesystem>

#include "flow/command/json.h"

namespace flow::command {

/// The report of an `evaluate run` in that folder. Throws executor::Error(not_found) without one,
/// (bad_input) when it cannot be read.
Json read_report(const std::filesystem::path& folder);

}  // namespace flow::command
