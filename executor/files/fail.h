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

/// Throws Error unless the entry is a folder or a file itself: no link, pipe or device.
inline void require_plain(const std::filesystem::directory_entry& entry) {
  if (!entry.is_symlink() && (entry.is_directory() || entry.is_regular_file())) return;
  throw Error(entry.path().string() + ": is not a plain file");
}

/// Runs `work`, which uses std::filesystem: what that throws comes out as Error, DiskFull for want
/// of room. So this folder has one kind of exception for a disk that refuses.
template <typename Work>
void with_file_errors(const Work& work) {
  try {
    work();
  } catch (const std::filesystem::filesystem_error& error) {
    errno = error.code().value();
    fail(error.path1(), "cannot be used");
  }
}

}  // namespace files
