#pragma once

#include <cstddef>
#include <filesystem>
#include <string_view>

namespace files {

/// A whole file in memory, mapped privately: a write changes this process's copy alone.
class MappedFile {
 public:
  /// Throws Error when `path` is no regular file that can be read.
  explicit MappedFile(const std::filesystem::path& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  /// Gives the memory of the whole pages within these bytes back. They are read from the file again
  /// when touched; what was written to them is lost.
  void forget(std::size_t begin, std::size_t end) const;

  char* data() const { return data_; }
  std::string_view bytes() const { return {data_, size_}; }

 private:
  char* data_ = nullptr;
  std::size_t size_ = 0;
};

}  // namespace files
