#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "schemas/value.h"

namespace schemas {

/// One replica of a stage as the gateway sees it.
struct StageStatus {
  std::string name;
  std::int64_t replica = 0;
  std::string state;  ///< starting | absent | loading | ready | busy | leaving | given_up
  std::string text;   ///< what it is loading or doing; of an absent one, how it is started
  std::int64_t pid = 0;
  std::int64_t restarts = 0;
  std::int64_t waiting = 0;  ///< tasks that wait for this stage
  std::int64_t done = 0;     ///< tasks processed
  std::string job;           ///< the job that it works on
  std::string plugin;        ///< what it runs: `run` of the flow file, or what a swap brought
  Values with = {};          ///< the parameters that it was given
  /// Silent for longer it counts as hung: with work in hand, or, while it starts, at all. Less when
  /// its rhythm is known, more while it announces a silence. 0 where there is no process.
  std::int64_t silence_ms = 0;
  MSGPACK_DEFINE_MAP(name, replica, state, text, pid, restarts, waiting, done, job, plugin, with,
                     silence_ms)
};

/// One job that is open or has ended recently.
struct JobStatus {
  std::string id;
  std::string kind;  ///< its endpoint
  std::string owner;
  std::string state;  ///< queued | running | paused | done | failed | cancelled
  std::string stage;  ///< the stage that has it, or in which it failed
  /// How far it is; where none works on it, and after a failure that can be retried, the step that
  /// it goes on from.
  std::int64_t step = 0;
  std::int64_t total = 0;
  std::int64_t position = 0;  ///< number of jobs before it in its serial queue
  std::string text;
  /// Time until it ends, including the jobs before it; absent when unknown.
  std::optional<double> eta_s;
  std::int64_t attempt = 0;          ///< attempts started
  std::int64_t epoch = 0;            ///< rises with every start, also after a pause or a restart
  std::int64_t checkpoint_step = 0;  ///< a new attempt continues from here
  bool durable = false;              ///< outlives the server
  std::int64_t created_ms = 0;       ///< Unix time
  std::int64_t ended_ms = 0;         ///< Unix time, 0 = open
  std::string key;                   ///< idempotency key
  std::string reasons;               ///< why earlier attempts ended, one per line
  MSGPACK_DEFINE_MAP(id, kind, owner, state, stage, step, total, position, text, eta_s, attempt,
                     epoch, checkpoint_step, durable, created_ms, ended_ms, key, reasons)
};

/// The answer to a status request.
struct Status {
  static constexpr const char* kType = "status.v1";
  std::string flow;
  std::string file;
  std::int64_t pid = 0;
  bool ready = false;  ///< every local replica has reported ready; others may be absent
  std::string version;
  std::vector<StageStatus> stages;
  std::vector<JobStatus> jobs;
  MSGPACK_DEFINE_MAP(flow, file, pid, ready, version, stages, jobs)
};

}  // namespace schemas
