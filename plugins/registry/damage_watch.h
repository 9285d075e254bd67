#pragma once

#include <chrono>
#include <map>
#include <string>

#include "executor/executor.h"
#include "registry/version_reader.h"
#include "registry/version_table.h"
#include "store/store.h"

namespace registry {

/// Finds versions of metamodels that have changed on the disk, and marks them: the version before
/// draws and is trained on from then. Nothing is removed; what the damaged one has learned is shown
/// again by the next training. Looked at are the versions that jobs failed with. Reading all of a
/// model takes seconds, so a VersionReader does it: the next job waits for it at most kPatience,
/// and of a larger model one that comes meanwhile may fail as the last one did. One thread.
class DamageWatch {
 public:
  using Clock = std::chrono::steady_clock;

  /// Both must outlive this. What was found damaged earlier is suspected again: somebody may have
  /// put the files back.
  DamageWatch(const store::Store& store, VersionTable& versions,
              VersionReader::Check check = check_all);

  /// The job draws with this version of a metamodel, or trains on from it.
  void uses(const std::string& job, const std::string& version);
  /// Suspects the version of a job that failed, once in kLookEvery. Does not throw.
  void ended(const std::string& job, executor::Outcome outcome, Clock::time_point now);
  /// Before a version is chosen: marks those that have been read.
  void look();

  static constexpr std::chrono::seconds kLookEvery{60};
  static constexpr std::chrono::milliseconds kPatience{1'000};  ///< reads a model of a gigabyte

 private:
  void suspect(const std::string& version);

  const store::Store& store_;
  VersionTable& versions_;
  std::map<std::string, std::string> used_;  // open job -> version
  // version -> when, of the last kLookEvery
  std::map<std::string, Clock::time_point> suspected_at_;
  bool waits_ = false;  // for the reader, once for each suspicion
  VersionReader reader_;
};

}  // namespace registry
