#pragma once

#include <filesystem>
#include <string>

namespace files {

/// All bytes of a file, read to its end: also one without a size, such as a pipe. Throws Error when
/// it cannot be opened or read. Whoever reads what strangers wrote looks at its size first.
std::string read_file(const std::filesystem::path& file);

}  // namespace files
