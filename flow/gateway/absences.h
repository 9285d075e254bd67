#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "flow/file/flow.h"
#include "flow/gateway/bookkeeping.h"
#include "flow/gateway/clients.h"
#include "flow/gateway/open_jobs.h"
#include "flow/gateway/replicas.h"
#include "schemas/fault.h"

namespace flow {

/// Why a remote stage is not here, and how it is started; nothing when some process of it is.
std::optional<schemas::Fault> absence(const Flow& flow, std::size_t stage,
                                      const Replicas& replicas);
/// The same of the first stage that work of the job waits for.
std::optional<schemas::Fault> absence(const Flow& flow, const std::vector<Replicas>& replicas,
                                      const OpenJob& job);

/// Remote stages that nobody has started, or that went away: whoever waits for one is told which
/// and how it is started, and whoever does not outlast it fails in the end. Uses what others keep,
/// all of which must outlive this. One thread.
class Absences {
 public:
  Absences(const Flow& flow, Bookkeeping& books, Clients& clients, const OpenJobs& jobs,
           const std::vector<Replicas>& replicas);

  /// Call every tick.
  void check(std::size_t stage, Time now);

  /// A stage that is started again within this is not worth a word.
  static constexpr std::chrono::seconds kTold{5};

 private:
  void tell(const OpenJob& job, std::size_t stage, const std::string& text, Time now);
  void tell_back(std::size_t stage, Time now);

  const Flow& flow_;
  Bookkeeping& books_;
  Clients& clients_;
  const OpenJobs& jobs_;
  const std::vector<Replicas>& replicas_;
  /// By stage: the jobs that know of its absence, and in which attempt.
  std::vector<std::set<std::pair<std::string, std::uint64_t>>> told_;
};

}  // namespace flow
