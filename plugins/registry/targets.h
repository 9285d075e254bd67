#pragma once

#include <string>

namespace registry {

/// The models that a request can name.
inline constexpr const char* kPrivate = "private";           ///< one model per identifier
inline constexpr const char* kPrivateMeta = "private_meta";  ///< the owner's metamodel
inline constexpr const char* kMeta = "meta";                 ///< the metamodel of all
inline constexpr const char* kPretrained = "pretrained";     ///< the base model, only for drawing

/// Throws Error(bad_input) unless `target` is known; names the nearest.
void require_known_target(const std::string& target);

/// Throws Error(bad_input) unless this version can train `target`.
void require_trainable(const std::string& target);

/// Throws Error(bad_input) unless this version can draw with `target`.
void require_drawable(const std::string& target);

}  // namespace registry
