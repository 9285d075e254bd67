#pragma once

#include <chrono>
#include <map>
#include <string>

#include "executor/executor.h"
#include "registry/store.h"
#include "registry/version_table.h"

namespace registry {

/// Finds versions that have changed on the disk, and marks them: of a metamodel the version before
/// draws and is trained on from then. Nothing is removed; what the damaged one has learned is shown
/// again by the next training. Looked at are the versions that jobs failed with, for reading all of
/// a model takes seconds. One thread.
class DamageWatch {
 public:
  using Clock = std::chrono::steady_clock;

  /// Both must outlive this. Looks again at what was found damaged earlier: somebody may have put
  /// the files back.
  DamageWatch(const Store& store, VersionTable& versions);

  /// The job draws with this version, or trains on from it.
  void uses(const std::string& job, const std::string& version);
  /// Does not throw. A version is looked at once in kLookEvery.
  void ended(const std::string& job, executor::Outcome outcome, Clock::time_point now);

  static constexpr std::chrono::seconds kLookEvery{60};

 private:
  bool is_sound(const std::string& version) const;

  const Store& store_;
  VersionTable& versions_;
  std::map<std::string, std::string> used_;             // open job -> version
  std::map<std::string, Clock::time_point> looked_at_;  // version -> when
};

}  // namespace registry
