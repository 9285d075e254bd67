#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace files {

/// How a process is started. A value.
struct Spawn {
  std::filesystem::path program;       ///< empty = arguments[0]
  std::vector<std::string> arguments;  ///< [0] = what the process is called
  /// Which variables of this process's environment it gets; empty = all.
  std::function<bool(const std::string& name)> inherits;
  std::map<std::string, std::string> env;  ///< added to them, or in their place
  int input =
      -1;  ///< descriptor that is its stdin; -1 = as this process's, /dev/null with `output`
  std::filesystem::path output;  ///< file that takes stdout and stderr; empty = as this process's
  bool append = false;           ///< keep what the file holds
  bool new_session = true;       ///< the terminal's Ctrl-C does not reach it
};

/// A child of this program, started without blocked signals. By posix_spawn, not fork: a process
/// may have threads and a ZeroMQ context, which a forked child must not touch. Owns the process:
/// the destructor ends it and waits for its end, unless released. Used by one thread.
class ChildProcess {
 public:
  /// Throws std::system_error when it cannot be started.
  explicit ChildProcess(const Spawn& spawn);
  ~ChildProcess();
  ChildProcess(const ChildProcess&) = delete;
  ChildProcess& operator=(const ChildProcess&) = delete;

  pid_t pid() const { return pid_; }

  /// Waits until it ended, at most `timeout_ms`; its exit code (128 + signal when killed), or
  /// nothing. The code stays known. A signal to this process may cut the wait short.
  std::optional<int> wait(std::uint32_t timeout_ms);
  /// The signal that ended it; 0 = none, or not known yet.
  int signal() const { return signal_; }

  /// Sends it a signal, unless its end is known.
  void send(int signal) const;
  /// SIGTERM; after `grace_ms` SIGKILL. Returns once it ended; its exit code.
  int terminate(std::uint32_t grace_ms = 30'000);
  /// SIGKILL. Returns once it ended; its exit code.
  int kill();

  /// Leaves it running.
  void release() { released_ = true; }

 private:
  pid_t pid_ = -1;
  int descriptor_ = -1;  // pidfd
  std::optional<int> code_;
  int signal_ = 0;
  bool released_ = false;
};

/// The path of this program.
std::filesystem::path this_program();

/// Waits until the process `pid` (of any parent) is gone, at most `timeout_ms`; whether it is.
bool wait_gone(pid_t pid, std::uint32_t timeout_ms);

/// Asks the kernel for SIGTERM to this process when its parent ends.
void end_with_parent(pid_t parent);

}  // namespace files
