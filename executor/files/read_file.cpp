#include "executor/files/read_file.h"

#include <cerrno>
#include <fstream>
#include <sstream>

#include "executor/files/fail.h"

namespace files {

std::string read_file(const std::filesystem::path& file) {
  errno = 0;
  std::ifstream stream(file, std::ios::binary);
  std::ostringstream bytes;
  // Without a byte to copy, `<<` says that it failed; peek() tells an empty file from a bad one.
  if (stream && stream.peek() != std::ifstream::traits_type::eof()) bytes << stream.rdbuf();
  if (!stream.is_open() || stream.bad() || bytes.fail()) {
    fail(file, "cannot be read");
  }
  return std::move(bytes).str();
}

}  // namespace files
