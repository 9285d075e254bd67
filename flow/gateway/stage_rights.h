#pragma once

#include <cstddef>
#include <functional>
#include <string>

#include "executor/error.h"
#include "flow/access/guard.h"
#include "flow/file/flow.h"
#include "flow/gateway/dispatch.h"
#include "flow/gateway/open_jobs.h"

namespace flow {

/// What a stage may call and answer: what its plugin's table declares, as the gateway itself read
/// it when it checked the flow, and what the job that it works on may. A stage that was taken over
/// gets no further than its plugin would.
///
/// The scopes of the key that asked for the job bound no call, and need not: a route that some
/// plugin of the flow calls is closed to every client (Admission::reserve_calls_of), so that no
/// scope opens it and no call reaches what a scope could open. What a key for /generate alone sets
/// in motion is what the flow's author made of /generate. That an administrator asked is of the
/// job, because a flow may let a stage call what only administrators may have done.
///
/// Calls have credits of their own, by job and by process: no request takes one of them and no call
/// takes the place of a request, so that a job that was accepted can go on however much is asked.
/// An executor waits for each of its calls and never needs a second credit.
///
/// Reads what others keep, which must outlive this. One thread.
class StageRights {
 public:
  /// Where refusals are told; `guard` may be null.
  struct Audit {
    access::Guard* guard = nullptr;
    std::function<std::int64_t()> wall_ms;
    std::function<void(const std::string&)> log;
  };

  StageRights(const Flow& flow, const OpenJobs& jobs, Audit audit)
      : flow_(flow), jobs_(jobs), audit_(std::move(audit)) {}

  /// The route that the worker may call so for this job. Throws executor::Error(forbidden), or
  /// RateLimited when a credit is missing.
  const Route& route_of(const Worker& worker, const OpenJob& job,
                        const executor::Packet& call) const;
  /// Throws executor::Error(protocol) unless the table declares this answer to the task, and the
  /// window of the stream has room.
  void check_answer(const Worker& worker, const Task& task, const executor::Packet& answer) const;
  /// Notes that the worker was refused something: the 1st, 2nd, 4th, 8th... time, so that a worker
  /// that goes on does not fill the log.
  void note_refused(Worker& worker, const std::string& what, const executor::Error& why) const;

  /// Calls of one job, and of one process, that may be open at once.
  static constexpr std::size_t kMaxCallsOfJob = 32;
  static constexpr std::size_t kMaxCallsOfProcess = 32;
  /// Of all open calls of one process: as much as the pictures of the largest request.
  static constexpr std::size_t kMaxCallBytes = std::size_t{1} << 30;

 private:
  void check_credits(const Worker& worker, const OpenJob& job, std::size_t bytes) const;

  const Flow& flow_;
  const OpenJobs& jobs_;
  Audit audit_;
};

}  // namespace flow
