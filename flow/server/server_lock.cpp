#include "flow/server/server_lock.h"

#include <unistd.h>

#include <fstream>
#include <string>

#include "executor/error.h"
#include "executor/files/file_error.h"
#include "executor/files/read_file.h"

namespace flow {
namespace {
constexpr std::size_t kMaxPidBytes = 32;
}

ServerLock::ServerLock(const std::filesystem::path& file) try : file_(file), lock_(file) {
  if (!lock_.try_lock()) {
    const std::string pid = files::read_file(file, kMaxPidBytes);
    throw executor::Error("unavailable", "in use by process " + pid + ": " + file.string(),
                          "stop that server with `souvenir down`, or set another SOUVENIR_HOME");
  }
  std::ofstream(file) << getpid();
} catch (const files::Error& error) {
  throw executor::Error("bad_config", error.what(), "check its folder's rights");
}

ServerLock::~ServerLock() {
  unlink(file_.c_str());  // before the lock goes: who opens it later makes a new one
}

}  // namespace flow
