#pragma once

#include <cstddef>

#include "flow/gateway/bookkeeping.h"
#include "flow/gateway/clients.h"
#include "flow/gateway/estimates.h"
#include "flow/gateway/open_jobs.h"
#include "flow/gateway/stage_queues.h"

namespace flow {

/// Whether the flow takes one more request now: open jobs, queues, what one user may have, the
/// disk. Reads what others keep, all of which must outlive this.
class Capacity {
 public:
  Capacity(const Flow& flow, const Bookkeeping& books, const Clients& clients,
           const StageQueues& queues, const OpenJobs& jobs, const Estimates& estimates)
      : flow_(flow),
        books_(books),
        clients_(clients),
        queues_(queues),
        jobs_(jobs),
        estimates_(estimates) {}

  /// Throws RateLimited, or executor::Error(unavailable) while a job that is to be `durable` could
  /// not be written down.
  void check(const Route& route, const executor::Packet& request, bool durable, Time now) const;

  /// Jobs that may be open at once: memory stays bounded when clients send faster than stages work.
  static constexpr std::size_t kMaxOpenJobs = 4096;
  /// What may wait for one stage, whatever the flow file says.
  static constexpr std::size_t kMaxWaitingBytes = std::size_t{2} * 1024 * 1024 * 1024;

 private:
  bool is_full(std::size_t stage, std::size_t more) const;
  void check_queues(const Route& route, std::size_t bytes) const;
  void check_jobs_of(const std::string& owner, Time now) const;

  const Flow& flow_;
  const Bookkeeping& books_;
  const Clients& clients_;
  const StageQueues& queues_;
  const OpenJobs& jobs_;
  const Estimates& estimates_;
};

}  // namespace flow
