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

/// Throws Error(bad_input) unless `target` can be trained: all but pretrained.
void require_trainable(const std::string& target);

/// Throws Error(bad_input) unless `target` is private_meta or meta.
void require_metamodel(const std::string& target);

/// Throws Error(bad_input) for an unknown target, Error(forbidden) for meta, which is everybody's.
void require_own(const std::string& target);

/// Whether `target` goes on learning thing after thing: private_meta and meta.
bool is_metamodel(const std::string& target);

/// Names one metamodel, a line of versions: that of all, or the owner's. Empty for other targets.
std::string line_of(const std::string& target, const std::string& owner);

}  // namespace registry
