#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace files {

/// Largest file that is read as a whole when the reader names no limit of its own.
inline constexpr std::size_t kMaxReadBytes = 16 * 1024 * 1024;

/// All bytes of a regular file. Throws Error when it is none, cannot be opened or read, or has more
/// than `most_bytes`.
std::string read_file(const std::filesystem::path& file, std::size_t most_bytes = kMaxReadBytes);

}  // namespace files
