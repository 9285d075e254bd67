#pragma once

#include <cstddef>

#include "flow/access/principal.h"
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

  /// Throws RateLimited, or executor::Error: bad_input for a request that is too large by itself,
  /// unavailable while a job that is to be `durable` could not be written down.
  void check(const Route& route, const executor::Packet& request, const access::Principal& who,
             bool durable, Time now) const;

  /// Requests that may be open at once: memory stays bounded when clients send faster than stages
  /// work. Calls do not count: they have credits of their own (StageRights).
  static constexpr std::size_t kMaxOpenJobs = 4096;
  /// The last of them are kept for administrators, those before for owners with nothing open: so a
  /// few owners with many requests shut nobody out.
  static constexpr std::size_t kForAdministrators = 64;
  static constexpr std::size_t kForNewOwners = 512;
  /// Bodies and blobs of one owner's requests in this process's memory: from the moment that a
  /// request is accepted until its first stage has taken it in, but for a durable job that waits
  /// for its turn, which reads its request from disk then. Holds a request of 30 pictures of 32 MiB
  /// (docs/limits.md), or more and smaller ones.
  static constexpr std::size_t kMaxRequestBytes = std::size_t{1} * 1024 * 1024 * 1024;
  /// What may wait for one stage, whatever the flow file says.
  static constexpr std::size_t kMaxWaitingBytes = std::size_t{2} * 1024 * 1024 * 1024;

 private:
  bool is_full(std::size_t stage, std::size_t more) const;
  void check_open_jobs(const access::Principal& who) const;
  void check_bytes_of(const std::string& owner, std::size_t more) const;
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
