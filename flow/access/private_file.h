#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>

namespace flow::access {

inline constexpr std::size_t kMaxAccessFileBytes = 16 * 1024 * 1024;

/// A small text file that grants access: for its owner's eyes alone, replaced as a whole. Used by
/// one thread of each process; several processes may read while one replaces it. Who changes a part
/// of it holds a Lock from reading to writing, so that no change of another is undone.
class PrivateFile {
 public:
  explicit PrivateFile(std::filesystem::path path) : path_(std::move(path)) {}

  const std::filesystem::path& path() const { return path_; }
  /// Whether it is another file, or has another content, than at the last read().
  bool changed() const;
  /// Its text, "" when there is none. Throws executor::Error(bad_config) when others than its owner
  /// can read or write it, or when it is too large.
  std::string read();

  /// Kept by one at a time, of all processes; a file beside it is locked.
  class Lock {
   public:
    /// Waits until it is free. Throws executor::Error(unavailable).
    explicit Lock(const PrivateFile& file);
    ~Lock();
    Lock(const Lock&) = delete;
    Lock& operator=(const Lock&) = delete;

   private:
    int descriptor_ = -1;
  };
  /// Replaces it (written beside, fsync, rename), mode 0600; makes its folder, mode 0700.
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
