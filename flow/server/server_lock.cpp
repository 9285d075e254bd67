#include "flow/server/server_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <string>

#include "executor/error.h"

namespace flow {

ServerLock::ServerLock(const std::filesystem::path& file) : file_(file) {
  descriptor_ = open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (descriptor_ < 0) {
    throw executor::Error("bad_config", "cannot write " + file.string(),
                          "check its folder's rights");
  }
  if (flock(descriptor_, LOCK_EX | LOCK_NB) != 0) {
    char text[32] = {};
    const auto length = read(descriptor_, text, sizeof text - 1);
    close(descriptor_);
    throw executor::Error(
        "unavailable",
        "in use by process " + std::string(text, length > 0 ? length : 0) + ": " + file.string(),
        "stop that server with `souvenir down`, or set another SOUVENIR_HOME");
  }
  const std::string pid = std::to_string(getpid());
  if (ftruncate(descriptor_, 0) != 0 || write(descriptor_, pid.data(), pid.size()) < 0) return;
}

ServerLock::~ServerLock() {
  unlink(file_.c_str());  // before the lock goes: who opens it later makes a new one
  close(descriptor_);
}

}  // namespace flow
