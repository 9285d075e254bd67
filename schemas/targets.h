#pragma once

#include <string_view>

namespace schemas {

/// The values of a request's target_model.
inline constexpr const char* kPrivate = "private";           ///< one model per identifier
inline constexpr const char* kPrivateMeta = "private_meta";  ///< the owner's metamodel
inline constexpr const char* kMeta = "meta";                 ///< the metamodel that all users share
inline constexpr const char* kPretrained = "pretrained";     ///< the base model, for drawing only

/// Whether `target` learns one thing after another.
constexpr bool is_metamodel(std::string_view target) {
  return target == kMeta || target == kPrivateMeta;
}

}  // namespace schemas
