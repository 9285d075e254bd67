#pragma once

#include <sys/stat.h>

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <string>

namespace files {

/// Where what is open as `descriptor` lies, all links followed. `path` is for the text of an Error.
std::filesystem::path real_path_of(int descriptor, const std::filesystem::path& path);

/// A regular file that is open for reading. Nothing else is opened, whatever a link leads to: a
/// FIFO would hold the reader up, a device has no end. Owns the descriptor. Reads at given
/// positions, so several threads may share it.
class InputFile {
 public:
  /// Throws Error when `path` is no regular file, or cannot be opened.
  explicit InputFile(const std::filesystem::path& path);
  ~InputFile();
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;

  /// The size when it was opened.
  std::uint64_t size() const { return static_cast<std::uint64_t>(status_.st_size); }
  /// Owner, mode and the like of what was opened, not of what `path` has become since.
  const struct stat& status() const { return status_; }
  int descriptor() const { return descriptor_; }
  const std::filesystem::path& path() const { return path_; }
  /// Where it lies, all links followed. Throws Error.
  std::filesystem::path real_path() const { return real_path_of(descriptor_, path_); }

  /// Reads `count` bytes from `offset` on; fewer at the end of the file alone. Returns how many.
  /// Throws Error.
  std::size_t read(char* to, std::size_t count, std::uint64_t offset) const;
  /// All of it. Throws Error when there is more than `most_bytes`: before anything is read when its
  /// size says so, as soon as it is known when it grows meanwhile.
  std::string text(std::size_t most_bytes) const;

 private:
  std::filesystem::path path_;
  int descriptor_;
  struct stat status_ {};
};

}  // namespace files
