#pragma once

#include <cerrno>
#include <cstring>
#include <filesystem>

#include "executor/files/file_error.h"

namespace files {

/// For a system call on `file` that has just failed: throws Error, DiskFull for want of room, with
/// the file, what did not succeed ("cannot be opened") and the text of errno.
[[noreturn]] inline void fail(const std::filesystem::path& file, const char* what) {
  const int why = errno;
  const auto text = file.string() + ": " + what + ": " + std::strerror(why);
  if (why == ENOSPC || why == EDQUOT) throw DiskFull(text);
  throw Error(text);
}

}  // namespace files
