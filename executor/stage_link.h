#pragma once

#include <chrono>
#include <cstdint>
#include <string>

#include "executor/stage_inbox.h"
#include "executor/stage_port.h"

namespace executor {

/// A stage's side of the talk with its gateway: takes in what comes while the executor computes,
/// and gives signs of life. Used by the thread of its StageMachine.
class StageLink {
 public:
  /// `port` must outlive this.
  explicit StageLink(StagePort& port) : port_(port), last_sent_(port.now()) {}

  StageInbox& inbox() { return inbox_; }
  const StageInbox& inbox() const { return inbox_; }

  void send(const Packet& packet);
  /// Takes in the next packet, which may take that long.
  void wait(std::chrono::milliseconds time);
  /// wait(), for as long as a stage may be without a sign of life.
  void wait() { wait(beat_time_ / 2); }
  /// Takes in all there is.
  void look();

  /// Says that the stage lives, when nothing was sent for half the beat time.
  void beat(std::uint64_t task = 0);
  /// Says so now, and for how long to expect nothing; with `each` in every such task of the job.
  void announce(std::uint64_t task, std::uint32_t silence_ms, bool each = false);
  void set_beat_time(std::chrono::milliseconds time) { beat_time_ = time; }

  bool stopping() const { return port_.stopping(); }
  /// Whether all that is here is void: this stage ends, or the gateway is another one than the one
  /// that gave it.
  bool is_void() const { return port_.stopping() || inbox_.is_unknown(); }
  /// Whether nobody waits for what this attempt gives.
  bool is_over(const std::string& job, std::uint64_t epoch) const {
    return is_void() || inbox_.is_over(job, epoch);
  }
  /// Whether the time for the task is over; asked before it begins.
  bool is_late(const StageTask& task) const { return task.due && port_.now() >= *task.due; }
  /// An id that no call of this stage had before.
  std::uint64_t new_call() { return ++last_call_; }

 private:
  StagePort& port_;
  StageInbox inbox_;
  StagePort::Time last_sent_;
  std::chrono::milliseconds beat_time_{2'000};  // until the gateway's welcome says it
  std::uint64_t last_call_ = 0;
};

}  // namespace executor
