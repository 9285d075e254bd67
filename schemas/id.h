#pragma once

#include <algorithm>
#include <cstddef>
#include <string>

namespace schemas {

inline constexpr std::size_t kMaxIdBytes = 64;

/// Whether `id` is made of 1 to 64 of a-z, 0-9 and '-': then it is safe as the name of a folder.
inline bool is_id(const std::string& id) {
  return !id.empty() && id.size() <= kMaxIdBytes && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

}  // namespace schemas
