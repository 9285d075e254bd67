#pragma once

#include <cstdint>
#include <filesystem>

namespace files {

/// The bytes of all readable files below a folder; 0 when the folder does not exist. Does not
/// throw.
std::uint64_t bytes_below(const std::filesystem::path& folder);

}  // namespace files
