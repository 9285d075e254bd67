#pragma once

#include <algorithm>
#include <cstddef>
#include <string>

namespace schemas {

inline constexpr std::size_t kMaxIdBytes = 64;

/// Whether `id` has 1 to 64 characters, all of them a-z, 0-9 or '-'. Such an id is safe as a folder
/// name.
inline bool is_id(const std::string& id) {
  return !id.empty() && id.size() <= kMaxIdBytes && std::all_of(id.begin(), id.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
  });
}

}  // namespace schemas
