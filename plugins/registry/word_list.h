#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace registry {

/// Longest list of words in a model's folder: 100,000 words.
inline constexpr std::size_t kMaxListBytes = 1024 * 1024;

/// Its text. Throws Error(bad_config) when it is no regular file, cannot be read or is longer.
std::string read_list(const std::filesystem::path& file);

}  // namespace registry
