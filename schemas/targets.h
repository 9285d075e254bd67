#pragma once

#include <string_view>

namespace schemas {

/// The models that a request can name as its target_model.
inline constexpr const char* kPrivate = "private";           ///< one model per identifier
inline constexpr const char* kPrivateMeta = "private_meta";  ///< the owner's metamodel
inline constexpr const char* kMeta = "meta";                 ///< the metamodel of all
inline constexpr const char* kPretrained = "pretrained";     ///< the base model, only for drawing

/// Whether `target` goes on learning thing after thing.
constexpr bool is_metamodel(std::string_view target) {
  return target == kMeta || target == kPrivateMeta;
}

}  // namespace schemas
