#pragma once

#include <chrono>
#include <map>
#include <set>
#include <string>

#include "executor/executor.h"
#include "registry/version_table.h"
#include "store/store.h"

namespace registry {

/// Finds versions of metamodels that have changed on the disk, and marks them: the version before
/// draws and is trained on from then. Nothing is removed; what the damaged one has learned is shown
/// again by the next training. Looked at are the versions that jobs failed with, when the next job
/// comes: reading all of a model takes seconds, and the end of a job must not wait. One thread.
class DamageWatch {
 public:
  using Clock = std::chrono::steady_clock;

  /// Both must outlive this. What was found damaged earlier is suspected again: somebody may have
  /// put the files back.
  DamageWatch(const store::Store& store, VersionTable& versions);

  /// The job draws with this version of a metamodel, or trains on from it.
  void uses(const std::string& job, const std::string& version);
  /// Suspects the version of a job that failed, once in kLookEvery. Does not throw.
  void ended(const std::string& job, executor::Outcome outcome, Clock::time_point now);
  /// Before a version is chosen: looks at those suspected, and marks them. Each is a beat.
  void look(executor::Outbox& out);

  static constexpr std::chrono::seconds kLookEvery{60};

 private:
  Condition condition_of(const std::string& version) const;

  const store::Store& store_;
  VersionTable& versions_;
  std::map<std::string, std::string> used_;  // open job -> version
  std::set<std::string> suspects_;           // versions
  // version -> when, of the last kLookEvery
  std::map<std::string, Clock::time_point> suspected_at_;
};

}  // namespace registry
