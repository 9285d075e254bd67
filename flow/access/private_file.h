#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

#include "executor/files/file_lock.h"
#include "executor/files/json_text.h"

namespace flow::access {

/// As much as is read of any JSON: some 20,000 API keys.
inline constexpr std::size_t kMaxAccessFileBytes = files::JsonLimits{}.bytes;

/// A small text file that grants access, which root or this user owns and nobody else reads. Used
/// by one thread of each process; several processes may read it while one replaces it as a whole.
/// To change a part of it, hold a Lock from reading to writing, so that no other change is lost.
class PrivateFile {
 public:
  explicit PrivateFile(std::filesystem::path path) : path_(std::move(path)) {}

  const std::filesystem::path& path() const { return path_; }
  /// Whether the file or its content has changed since the last read().
  bool changed() const;
  /// Its text, "" when there is no file. Throws executor::Error(bad_config) when it is another's,
  /// when others can read or change it, or when it is too large.
  std::string read();

  /// Held by one holder at a time, across processes. It locks a file beside this one.
  class Lock {
   public:
    /// Waits until the lock is free. Throws executor::Error(unavailable).
    explicit Lock(const PrivateFile& file);

   private:
    files::FileLock lock_;
  };
  /// Replaces the file (new file beside it, fsync, rename) with mode 0600. Makes its folder, with
  /// mode 0700, when it is not there. Throws executor::Error(bad_config) when it is another's, and
  /// Error(bad_input) for a text that read() would refuse: the old one stays.
  void write(const std::string& text);

 private:
  struct Stamp {
    ino_t inode = 0;
    off_t size = -1;
    timespec modified{};
    bool operator==(const Stamp& other) const;
  };
  Stamp stamp() const;

  std::filesystem::path path_;
  std::optional<Stamp> read_at_;
};

}  // namespace flow::access
