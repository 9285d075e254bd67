#pragma once

#include <chrono>
#include <filesystem>
#include <functional>

namespace files {

/// A file that one holder at a time has locked (flock), of all threads and processes of a host; a
/// holder that dies gives it up. The file is made if need be, mode 0600, and stays. Not held until
/// one of the functions below took it, then held as long as this lives. Used by one thread. Every
/// function throws Error when the file cannot be opened or locked.
class FileLock {
 public:
  explicit FileLock(std::filesystem::path file);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

  /// Takes it if nobody else holds it; whether it is held now.
  bool try_lock();
  /// Waits until nobody else holds it.
  void lock();
  /// The same, for whoever has signs of life to give: calls `waiting` before each further look.
  /// Throws what `waiting` throws.
  void lock(const std::function<void()>& waiting, std::chrono::milliseconds look_ms);

 private:
  bool take(int operation);

  std::filesystem::path file_;
  int descriptor_ = -1;
};

}  // namespace files
