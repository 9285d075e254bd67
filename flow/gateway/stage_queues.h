#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "flow/gateway/dispatch.h"
#include "flow/gateway/gpu_turns.h"

namespace flow {

/// The queues and workers of all stages: which work goes out next, and to whom. A value without
/// sockets; used by the gateway's thread alone.
class StageQueues {
 public:
  explicit StageQueues(const std::vector<Stage>& stages);

  std::size_t size() const { return stages_.size(); }
  Dispatch& operator[](std::size_t stage) { return stages_[stage]; }
  const Dispatch& operator[](std::size_t stage) const { return stages_[stage]; }

  /// The stage that this peer is a worker of.
  std::optional<std::size_t> stage_of(const std::string& peer) const;
  void add(std::size_t stage, Worker worker);
  void remove(std::size_t stage, const std::string& peer);

  /// The next load of any stage, in its worker's `in_flight`; of those that share a GPU it is the
  /// stage whose turn it is. Call until nothing comes.
  std::optional<GpuTurns::Turn> next(Time now, const GpuTurns::WaitsFor& waits_for);
  /// When, after `now`, a batch is due; nothing when none waits.
  std::optional<Time> next_due(Time now) const;

  /// Drops waiting work of a job at all stages and forgets which workers it was bound to.
  void forget(const std::string& job);
  /// The same for a job that is done: nothing of it waits.
  void unbind(const std::string& job);
  /// Nobody was heard for so long, because nobody listened.
  void stood_still(std::chrono::milliseconds time);

 private:
  std::vector<Dispatch> stages_;
  GpuTurns gpu_;
  std::map<std::string, std::size_t> stage_of_peer_;
};

}  // namespace flow
