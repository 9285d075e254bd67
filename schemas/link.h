#pragma once

#include <cstdint>
#include <string>

#include <vector>

#include "schemas/codec.h"
#include "schemas/fault.h"
#include "schemas/value.h"

namespace schemas {

/// stage -> gateway, first message: who joins.
struct Hello {
  static constexpr const char* kType = "hello.v1";
  std::string name;  ///< of the stage in the flow file
  std::int64_t replica = 0;
  std::int64_t pid = 0;
  std::string plugin;  ///< its table as JSON; must equal the table that the flow was checked with
  MSGPACK_DEFINE_MAP(name, replica, pid, plugin)
};

/// gateway -> stage: admitted; the parameters to construct the executor with.
struct Welcome {
  static constexpr const char* kType = "welcome.v1";
  Values with;
  std::int64_t beat_ms = 0;            ///< how often an idle stage sends a beat
  std::vector<std::string> open_jobs;  ///< drop what is kept for any other job
  std::int64_t batch = 1;              ///< most tasks in one batch
  /// GPU memory that it may take, 0 = no limit; SOUVENIR_GPU_MEMORY.
  std::int64_t gpu_memory_bytes = 0;
  MSGPACK_DEFINE_MAP(with, beat_ms, open_jobs, batch, gpu_memory_bytes)
};

/// How a job ended: gateway -> client, once, and to every stage that took part. A stage may also
/// get "interrupted": the attempt with the header's epoch is over, but the job is not.
struct Ended {
  static constexpr const char* kType = "ended.v1";
  std::string outcome;  ///< done | failed | cancelled | interrupted
  Fault fault;          ///< when not done
  MSGPACK_DEFINE_MAP(outcome, fault)
};

}  // namespace schemas
