#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "schemas/codec.h"
#include "schemas/status.h"
#include "schemas/value.h"

namespace schemas {

/// client -> gateway: shows or controls the owner's jobs. Answered by JobReport, or refused.
/// `watch` is answered like the request that started the job: accepted, progress, results, ended.
struct Control {
  static constexpr const char* kType = "control.v1";
  std::string action;  ///< list | show | watch | cancel | retry | pause | resume
                       ///< | scale | swap | reread
  std::string job;     ///< empty for list; for scale "EXECUTOR=N", for swap "EXECUTOR=PLUGIN"
  /// For swap: parameters of the new plugin. A text stands for the value that its parameter's type
  /// reads in it.
  Values with = {};
  MSGPACK_DEFINE_MAP(action, job, with)
};

/// One line of a job's history.
struct JobNote {
  std::int64_t at_ms = 0;  ///< Unix time
  std::string who;         ///< an owner, a stage, or "gateway"
  std::string what;        ///< accepted | started | checkpoint | interrupted | paused | ... | done
  std::string text;
  MSGPACK_DEFINE_MAP(at_ms, who, what, text)
};

/// gateway -> client: the requested jobs, oldest first; for show also the job's history.
struct JobReport {
  static constexpr const char* kType = "job_report.v1";
  std::vector<JobStatus> jobs;
  std::vector<JobNote> history;
  MSGPACK_DEFINE_MAP(jobs, history)
};

}  // namespace schemas
