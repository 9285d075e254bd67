#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "executor/executor.h"

namespace flow_test {

/// What lies on the simulated disk beside the journal, and outlives every process.
struct Disk {
  struct Checkpoint {
    std::int64_t step = 0;
    std::uint64_t state = 1;
  };
  std::map<std::string, Checkpoint> checkpoints;                ///< of the trainer, by job
  std::map<std::string, std::uint64_t> highest_epoch;           ///< of the publisher, by job
  std::map<std::string, std::vector<std::uint64_t>> published;  ///< by job: final states
  /// Jobs of which a process has something in memory, by the executor's index.
  std::map<std::size_t, std::set<std::string>> in_memory;
  std::string broken;  ///< what executors are promised and one did not get; "" = nothing

  /// The job that something is kept of; "" = none, as it has to be when all have ended.
  std::string kept() const;
};

inline constexpr std::int64_t kSimulatedSteps = 12;
inline constexpr std::int64_t kSimulatedCheckpoint = 4;

/// The state after one more training step: what bit-equality is checked with.
std::uint64_t after_step(std::uint64_t state, std::int64_t step);
/// That of a run that nothing interrupted.
std::uint64_t unbroken();

/// 0 = sampler (a stream of steps), 1 = trainer (one step a message, checkpoints), 2 = publisher
/// (once per job, refuses old epochs). Each keeps something in memory for a job, drops it only when
/// it is told that the attempt or the job is over, and relies on being told before the next
/// attempt.
std::unique_ptr<executor::Executor> make_toy(std::size_t index, Disk& disk,
                                             const executor::Setup& setup);

}  // namespace flow_test
