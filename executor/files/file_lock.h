#pragma once

#include <chrono>
#include <filesystem>
#include <functional>

namespace files {

/// A file that one holder at a time has locked (flock), of all threads and processes of a host; a
/// holder that dies gives it up. The file is made if need be, and stays.
class FileLock {
 public:
  /// Waits until nobody else holds it, and calls `waiting` before each further look: whoever waits
  /// has signs of life to give. Throws Error when the file cannot be opened or locked, and what
  /// `waiting` throws.
  FileLock(const std::filesystem::path& file, const std::function<void()>& waiting,
           std::chrono::milliseconds look_ms);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  int descriptor_;
};

}  // namespace files
