#pragma once

#include <map>
#include <optional>
#include <string>

#include "flow/gateway/open_jobs.h"
#include "schemas/jobs.h"

namespace flow {

/// How long jobs take, from how long such jobs took lately. A value.
class Estimates {
 public:
  /// A job is done, after so long.
  void ended(const JobRecord& record, double took_s);

  /// Until the end of a job: what its own stage says, else what such jobs took lately; in a queue,
  /// with those before it. Nothing when nobody knows.
  std::optional<double> eta_s(const JobRecord& record, const OpenJobs& jobs, const Ledger& ledger,
                              Time now) const;

 private:
  std::optional<double> running_s(const JobRecord& record, double ran_s) const;

  std::map<std::string, double> mean_s_;  // by endpoint, the latest counting most
};

/// What a client sees of a job.
schemas::JobStatus status_of(const JobRecord& record, std::size_t position,
                             std::optional<double> eta_s);

}  // namespace flow
