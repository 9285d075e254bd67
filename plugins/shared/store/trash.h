#pragma once

#include <condition_variable>
#include <filesystem>
#include <mutex>
#include <thread>

namespace store {

/// Removes folders of gigabytes without holding its user up: what is dropped is gone from its place
/// at once, by one rename, and a thread of this object gives the bytes back. What a process leaves
/// there is removed by the next one. drop() may come from any thread.
class Trash {
 public:
  /// `folder`, on the disk of what is dropped, holds what is being removed. It is made with the
  /// first, in a folder that is there.
  explicit Trash(std::filesystem::path folder);
  /// Waits for the entry that is being removed; the others stay for the next process.
  ~Trash();
  Trash(const Trash&) = delete;
  Trash& operator=(const Trash&) = delete;

  /// A file or a folder, if it is there. Does not throw: what cannot be moved is
  /// removed where it is, as far as that can be done.
  void drop(const std::filesystem::path& path);

 private:
  void empty(const std::stop_token& stop);

  std::filesystem::path folder_;
  std::mutex mutex_;
  std::condition_variable_any came_;
  bool more_ = true;     // guarded by mutex_
  std::jthread thread_;  // the last: it uses the others
};

}  // namespace store
