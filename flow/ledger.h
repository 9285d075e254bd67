#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <string>
#include <vector>

#include "schemas/fault.h"

namespace flow {

/// Where a job stands. `queued` waits for another job with the same serial key.
enum class JobState { queued, running, done, failed, cancelled };

std::string name_of(JobState state);

/// Something that happened to a job.
struct JobEvent {
  enum class Type { accept, finish, fail, cancel } type;
  std::string job;
  std::string serial_key =
      {};                     ///< of accept: jobs with equal keys run one after another; "" = none
  schemas::Fault fault = {};  ///< of fail and cancel
};

/// What the gateway has to do about it.
struct JobAction {
  enum class Type { start, end } type;
  std::string job;
  JobState outcome = JobState::running;  ///< of end: done, failed or cancelled
  schemas::Fault fault = {};             ///< of end, unless done
};

/// Who owns a job's fate: a pure state machine without clock, socket or disk.
///
/// Promises: a job that was accepted ends exactly once; an event about a job that has ended, or was
/// never accepted, changes nothing; of the jobs with one serial key at most one runs, in order of
/// arrival. Used by the gateway's thread alone.
class Ledger {
 public:
  std::vector<JobAction> step(const JobEvent& event);

  /// Throws std::out_of_range for a job that is not among the kept ones.
  JobState state(const std::string& job) const { return jobs_.at(job).state; }
  bool is_open(const std::string& job) const;
  /// Jobs before this one in its serial queue; 0 when it runs.
  std::size_t position(const std::string& job) const;

  /// Ended jobs that are remembered; older ones are forgotten.
  static constexpr std::size_t kKeptJobs = 256;

 private:
  struct Entry {
    JobState state;
    std::string serial_key;
  };

  std::vector<JobAction> accept(const JobEvent& event);
  std::vector<JobAction> end(const JobEvent& event, JobState outcome);

  std::map<std::string, Entry> jobs_;
  std::map<std::string, std::deque<std::string>> serial_;  // key -> running job, then waiting ones
  std::deque<std::string> ended_;
};

}  // namespace flow
