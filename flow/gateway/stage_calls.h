#pragma once

#include <string>

#include "flow/gateway/call_replies.h"
#include "flow/gateway/job_opener.h"
#include "flow/gateway/open_jobs.h"
#include "flow/gateway/stage_rights.h"

namespace flow {

/// What stages call for the jobs that they work on: a call becomes a job of its own, with the
/// rights of the one that it is for. Why one is refused is told to the stage and noted. Uses what
/// others keep, all of which must outlive this. One thread.
class StageCalls {
 public:
  StageCalls(OpenJobs& jobs, const StageRights& rights, const CallReplies& replies,
             JobOpener& opener)
      : jobs_(jobs), rights_(rights), replies_(replies), opener_(opener) {}

  /// For a job that the worker has in hand; `stage` is its stage's name.
  void call(Worker& worker, executor::Packet&& packet, const std::string& stage, Time now);
  /// For one that it has not. An attempt that is over is in its hands still.
  void refuse(Worker& worker, const schemas::Header& call, const std::string& stage);

 private:
  OpenJobs& jobs_;
  const StageRights& rights_;
  const CallReplies& replies_;
  JobOpener& opener_;
};

}  // namespace flow
