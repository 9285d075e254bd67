#pragma once

#include <string>

#include "schemas/targets.h"

namespace registry {

using schemas::is_metamodel;
using schemas::kMeta;
using schemas::kPretrained;
using schemas::kPrivate;
using schemas::kPrivateMeta;

/// Throws Error(forbidden) for meta, which is everybody's.
void require_own(const std::string& target);

/// Names one metamodel, a line of versions: that of all, or the owner's. Empty for other targets.
std::string line_of(const std::string& target, const std::string& owner);

}  // namespace registry
