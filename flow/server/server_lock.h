#pragma once

#include <filesystem>

namespace flow {

/// One server per run folder, one binder per ipc socket: a lock file held as long as this lives.
/// Needed because binding an ipc address takes it from a living process without a word.
class ServerLock {
 public:
  /// Throws executor::Error(unavailable) naming the process that holds it.
  explicit ServerLock(const std::filesystem::path& file);
  ~ServerLock();
  ServerLock(const ServerLock&) = delete;
  ServerLock& operator=(const ServerLock&) = delete;

 private:
  std::filesystem::path file_;
  int descriptor_ = -1;
};

}  // namespace flow
