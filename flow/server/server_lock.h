#pragma once

#include <filesystem>

#include "executor/files/file_lock.h"

namespace flow {

/// A lock file, held while this object lives: one server per run folder, one binder per ipc socket.
/// Without it, binding an ipc address would silently take the address from a running process.
class ServerLock {
 public:
  /// Throws executor::Error(unavailable) that names the process that holds it.
  explicit ServerLock(const std::filesystem::path& file);
  ~ServerLock();
  ServerLock(const ServerLock&) = delete;
  ServerLock& operator=(const ServerLock&) = delete;

 private:
  std::filesystem::path file_;
  files::FileLock lock_;
};

}  // namespace flow
