#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "flow/gateway/dispatch.h"
#include "flow/gateway/ledger.h"

namespace flow {

/// How often the checkpoints of a job are written down. A stage says them as often as it likes, and
/// each could be a write to the disk and a line that is kept for a week: one that was taken over
/// would fill the journal. So one in kEvery is written, the latest of those that came meanwhile
/// once that is over, and only kMostNotes of a job make a line of its history. One thread.
class CheckpointPace {
 public:
  /// What the ledger said of a checkpoint.
  struct Saved {
    Ledger::Actions actions;
    std::string stage;
    std::int64_t step = 0;
  };

  /// The actions that are to be done now; none when it was written a moment ago: then due() has
  /// them, unless a later one comes first.
  Ledger::Actions pass(const std::string& job, Saved saved, Time now);
  /// What was held back and has waited long enough, if it still is the job's latest checkpoint.
  std::vector<Saved> due(const Ledger& ledger, Time now);

  static constexpr std::chrono::seconds kEvery{1};
  static constexpr std::size_t kMostNotes = 1'000;

 private:
  struct Pace {
    Time written{};
    std::size_t notes = 0;
    Saved held = {};
  };
  static Ledger::Actions written(Pace& pace, Ledger::Actions actions, Time now);

  std::map<std::string, Pace> paces_;  // of open durable jobs with a checkpoint
};

}  // namespace flow
