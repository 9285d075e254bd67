#pragma once

#include <filesystem>
#include <string>

namespace files {

/// An empty folder of this object alone, mode 0700, removed with it. Its path is short: that of a
/// socket has at most 107 bytes.
class TemporaryFolder {
 public:
  /// Throws Error when none can be made, DiskFull for want of room.
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

}  // namespace files
