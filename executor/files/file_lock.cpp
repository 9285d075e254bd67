#include "executor/files/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <string>
#include <thread>

#include "executor/files/file_error.h"

namespace files {
namespace {

[[noreturn]] void fail(const std::filesystem::path& file, const char* what, int cause) {
  throw Error(file.string() + ": cannot be " + what + ": " + std::strerror(cause));
}

}  // namespace

FileLock::FileLock(const std::filesystem::path& file, const std::function<void()>& waiting,
                   std::chrono::milliseconds look_ms)
    : descriptor_(::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644)) {
  if (descriptor_ < 0) fail(file, "opened", errno);
  try {
    while (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK && errno != EINTR) fail(file, "locked", errno);
      waiting();
      std::this_thread::sleep_for(look_ms);
    }
  } catch (...) {
    ::close(descriptor_);
    throw;
  }
}

FileLock::~FileLock() {
  ::close(descriptor_);
}

}  // namespace files
