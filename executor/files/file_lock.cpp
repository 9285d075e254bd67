#include "executor/files/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <thread>
#include <utility>

#include "executor/files/fail.h"

namespace files {
namespace {

int open_or_make(const std::filesystem::path& file) {
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor < 0) fail(file, "cannot be opened");
  return descriptor;
}

}  // namespace

FileLock::FileLock(std::filesystem::path file)
    : file_(std::move(file)), descriptor_(open_or_make(file_)) {}

FileLock::~FileLock() {
  ::close(descriptor_);
}

// A holder that removed the file before it let go left a lock on a file that nobody else can find.
bool FileLock::take(int operation) {
  while (true) {
    while (::flock(descriptor_, operation) != 0) {
      if (errno == EWOULDBLOCK) return false;
      if (errno != EINTR) fail(file_, "cannot be locked");
    }
    struct stat held {};
    if (::fstat(descriptor_, &held) != 0) fail(file_, "cannot be locked");
    if (held.st_nlink > 0) return true;
    const int found = open_or_make(file_);
    ::close(std::exchange(descriptor_, found));
  }
}

bool FileLock::try_lock() {
  return take(LOCK_EX | LOCK_NB);
}

void FileLock::lock() {
  take(LOCK_EX);
}

void FileLock::lock(const std::function<void()>& waiting, std::chrono::milliseconds look_ms) {
  while (!try_lock()) {
    waiting();
    std::this_thread::sleep_for(look_ms);
  }
}

}  // namespace files
