#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace executor {

/// Largest key, token or certificate that is read.
inline constexpr std::size_t kMaxSecretBytes = 64 * 1024;

/// The text of a file that root or this user owns, that nobody else can read or change
/// (executor/files/trusted.h). Throws Error(bad_config) with the file, the cause and the remedy.
std::string read_secret_file(const std::filesystem::path& file,
                             std::size_t most_bytes = kMaxSecretBytes);

/// The same of a file that others may read, but not change.
std::string read_trusted_file(const std::filesystem::path& file,
                              std::size_t most_bytes = kMaxSecretBytes);

/// Where a file lies that others may read, but not change. Throws Error(bad_config) likewise.
std::filesystem::path require_trusted_file(const std::filesystem::path& file);

/// files::make_private_folder, files::require_trusted_folder, which throw Error(bad_config).
void make_private_folder(const std::filesystem::path& folder);
void require_trusted_folder(const std::filesystem::path& folder);

}  // namespace executor
