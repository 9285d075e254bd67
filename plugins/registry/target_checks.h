#pragma once

#include <string>

#include "schemas/targets.h"

namespace registry {

using schemas::is_metamodel;
using schemas::kMeta;
using schemas::kPretrained;
using schemas::kPrivate;
using schemas::kPrivateMeta;

/// Throws Error(bad_input) unless `target` is known; names the nearest.
void require_known_target(const std::string& target);

/// Throws Error(bad_input) unless `target` can be trained: all but pretrained.
void require_trainable(const std::string& target);

/// Throws Error(bad_input) unless `target` is private_meta or meta.
void require_metamodel(const std::string& target);

/// Throws Error(bad_input) for an unknown target, Error(forbidden) for meta, which is everybody's.
void require_own(const std::string& target);

/// Names one metamodel, a line of versions: that of all, or the owner's. Empty for other targets.
std::string line_of(const std::string& target, const std::string& owner);

}  // namespace registry
