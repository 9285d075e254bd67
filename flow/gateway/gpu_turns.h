#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "flow/gateway/dispatch.h"

namespace flow {

/// Which stage computes next on the GPU that all stages with gpu = "share" have together. The one
/// that has the turn keeps it for kTurn as long as it has work; then the one that waits longest has
/// it. So a training goes on between drawings, and a drawing waits for it 2 s and a step at most.
///
/// A pure state machine; the gateway's thread calls it. Nobody holds anything: whose process dies
/// has no work in hand any more, and the next question is answered without it.
class GpuTurns {
 public:
  static constexpr std::chrono::milliseconds kTurn{2'000};
  /// Whether the process waits for this job, because it called for it or for one that did.
  using WaitsFor = std::function<bool(const std::string& peer, const std::string& job)>;
  struct Turn {
    std::size_t stage;
    Dispatch::Load load;
  };

  explicit GpuTurns(std::vector<std::size_t> sharing = {}) : sharing_(std::move(sharing)) {}

  bool shares(std::size_t stage) const;
  /// The load that goes out next, one at a time; but what the process at work waits for is done
  /// meanwhile. `stages`: all of the flow.
  std::optional<Turn> next(std::vector<Dispatch>& stages, const WaitsFor& waits_for, Time now);

  /// `wanting`: the stages of which a process could begin a piece of work now; `busy`: whether one
  /// computes. The stage that begins, or nothing.
  std::optional<std::size_t> next(const std::set<std::size_t>& wanting, bool busy, Time now);

 private:
  std::vector<std::string> peers_at_work(const std::vector<Dispatch>& stages) const;

  std::vector<std::size_t> sharing_;
  std::optional<std::size_t> holder_;
  Time since_{};                         ///< when its turn began
  std::map<std::size_t, Time> waiting_;  ///< stage -> since when
};

}  // namespace flow
