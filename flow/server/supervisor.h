#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "executor/files/child_process.h"
#include "flow/file/flow.h"
#include "flow/gateway/dispatch.h"

namespace flow {

/// Starts, watches and stops the processes of a flow's local stages. Each process is `souvenir
/// stage`; its output goes to logs/NAME-REPLICA.log. Used by one thread. The owner calls reap()
/// after SIGCHLD, and tick() now and then. The destructor kills the processes that still run.
class Supervisor {
 public:
  struct Settings {
    std::filesystem::path program;  ///< the souvenir program
    std::filesystem::path home;
    std::filesystem::path logs;  ///< folder, created when missing
    std::string connect;         ///< address that the stages connect to
  };
  /// Called when a process ended or could not be restarted. `text` says how ("was killed by signal
  /// 9 (Killed)"). `again`: it will be restarted after a pause.
  using Died = std::function<void(std::size_t stage, std::uint32_t replica, const std::string& text,
                                  bool again)>;

  /// `flow` must outlive this object. Starts nothing yet.
  Supervisor(const Flow& flow, Settings settings, Died died);
  ~Supervisor();
  Supervisor(const Supervisor&) = delete;
  Supervisor& operator=(const Supervisor&) = delete;

  /// Starts every local replica. Throws executor::Error when a process cannot be started.
  void start_all(Time now);
  /// Collects processes that have ended and plans their restarts.
  void reap(Time now);
  /// Restarts the processes whose pause is over.
  void tick(Time now);
  /// Starts one more process of a stage, with the plugin and the parameters of `as`. Throws
  /// executor::Error.
  void add(std::size_t stage, std::uint32_t replica, const Stage& as, Time now);
  /// Asks one process to end (SIGTERM). It is not restarted, and its end is not reported.
  void retire(std::size_t stage, std::uint32_t replica);
  /// Kills one process (SIGKILL).
  void kill(std::size_t stage, std::uint32_t replica);
  /// Asks all processes to end (SIGTERM). From now on nothing is restarted.
  void ask_all_to_end();
  /// Kills all processes (SIGKILL).
  void kill_all();
  bool any_running() const;

 private:
  struct Process {
    std::size_t stage;
    std::uint32_t replica;
    std::filesystem::path library;
    std::vector<std::string> reaches;  // paths among its parameters
    bool retired = false;
    std::unique_ptr<files::ChildProcess> child;  // none = not running
    std::uint32_t starts = 0;                    // number of starts in the current window
    Time window_start{};
    Time next_start{};
    bool wants_start = false;
  };

  static Process process_of(std::size_t stage, std::uint32_t replica, const Stage& as);
  files::Spawn spawn_of(const Process& process) const;
  void start(Process& process, Time now);  // throws std::system_error
  void start_or_throw(Process& process, Time now);
  void plan_restart(Process& process, const std::string& text, Time now, bool in_vain = false);

  const Flow& flow_;
  Settings settings_;
  Died died_;
  std::vector<Process> processes_;
  bool ending_ = false;
};

}  // namespace flow
