#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "executor/stage_link.h"
#include "executor/stream_order.h"
#include "executor/task_runner.h"

namespace executor {

/// Which stage of a flow a StageMachine is.
struct StageIdentity {
  std::string name;  ///< of the executor in the flow file
  std::uint32_t replica = 0;
  std::int64_t pid = 0;
  std::filesystem::path home = {};  ///< SOUVENIR_HOME
};

/// The life of one stage: joins the gateway, has its executor constructed, then takes tasks, has
/// them processed and answers. Knows no socket, signal, process or clock: all that it needs of them
/// is a StagePort. One thread.
///
/// A task's way: port -> StageLink -> StageInbox -> TaskRunner -> Executor -> StageOutbox ->
/// StageLink -> port. The executor computes inside run(), and what comes meanwhile is taken in
/// whenever it calls its Outbox.
class StageMachine {
 public:
  static constexpr int kEndedInOrder = 0;
  static constexpr int kCannotStart = 3;  ///< not before somebody mends what it is given
  static constexpr int kMayStartLater = 1;
  /// Tasks that a stage holds at once: one in hand, some to go on with while the next travels. With
  /// batches two whole ones, if that is more.
  static constexpr std::uint64_t kCredit = 4;
  /// A hello without an answer is said again after so long: the gateway may have been restarted.
  static constexpr std::chrono::milliseconds kHelloAgain{1'000};
  /// What the word that the executor cannot be constructed has to leave the process.
  static constexpr std::chrono::milliseconds kLastWord{500};

  /// `plugin` and `port` must outlive this.
  StageMachine(StageIdentity identity, const Plugin& plugin, StagePort& port);

  /// Until the port says stopping(). Returns kEndedInOrder, or one of the other two when the
  /// executor cannot be constructed: the gateway was told why. Throws Error(bad_config) when the
  /// gateway refuses the stage.
  int run();

 private:
  bool join();
  Error refused() const;
  /// The exit code when it cannot be.
  std::optional<int> construct(const schemas::Welcome& welcome);
  void say_hello();
  bool may_say_hello() const { return port_.now() - said_hello_ >= kHelloAgain; }
  void say_ready();
  void turn();
  void rejoin(const schemas::Welcome& welcome);
  void tell_ended();

  const StageIdentity identity_;
  const Plugin& plugin_;
  StagePort& port_;
  StageLink link_;
  StreamOrder order_;
  TaskRunner runner_;
  StagePort::Time said_hello_{};
  std::uint64_t batch_ = 1;
  std::unique_ptr<Executor> executor_;
};

}  // namespace executor
