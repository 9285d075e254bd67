#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace flow::command {

/// How a process is started. A value.
struct Spawn {
  std::vector<std::string> arguments;      ///< [0] = path of the program
  std::map<std::string, std::string> env;  ///< added to this process's environment
  std::filesystem::path output;  ///< file that takes stdout and stderr; empty = as this process's
  bool append = false;           ///< keep what the file holds
  bool new_session = true;       ///< the terminal's Ctrl-C does not reach it
};

/// A child of this program. Owns the process: the destructor ends it and waits for its end, unless
/// released. Used by one thread.
class ChildProcess {
 public:
  /// Throws std::system_error when it cannot be started.
  explicit ChildProcess(const Spawn& spawn);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }

  /// Waits until it ended, at most `timeout_ms`; its exit code (128 + signal when killed), or
  /// nothing. The code stays known.
  std::optional<int> wait(std::uint32_t timeout_ms);

  /// SIGTERM; after `grace_ms` SIGKILL. Returns once it ended; its exit code.
  int terminate(std::uint32_t grace_ms = 30'000);

  /// Leaves it running.
  void release() { released_ = true; }

 private:
  pid_t pid_ = -1;
  int descriptor_ = -1;  // pidfd
  std::optional<int> code_;
  bool released_ = false;
};

/// The path of this program.
std::filesystem::path this_program();

/// Waits until the process `pid` (of any parent) is gone, at most `timeout_ms`; whether it is.
bool wait_gone(pid_t pid, std::uint32_t timeout_ms);

/// Asks the kernel for SIGTERM to this process when its parent ends.
void end_with_parent(pid_t parent);

}  // namespace flow::command
