#pragma once

#include <cstdint>
#include <string>

#include "schemas/fault.h"
#include "schemas/progress.h"

namespace flow {

/// Where a job stands. `queued` waits for another job with the same serial key.
enum class JobState { queued, running, paused, done, failed, cancelled };

std::string name_of(JobState state);
/// The state of that name. Throws std::invalid_argument.
JobState state_named(const std::string& name);

/// All that is known of a job beside its messages. What a durable job's row in the journal holds.
/// A value.
struct JobRecord {
  std::string id;
  std::string owner = {};
  std::string endpoint = {};
  std::string serial_key = {};  ///< jobs with equal keys run one after another; "" = none
  bool shared = false;          ///< its serial key is that of a model that all owners share
  bool call = false;            ///< a stage asked for it: no job of a client
  bool admin = false;           ///< an administrator asked: what it calls may be an admin's route
  bool durable = false;         ///< lives in the journal: outlives this process, is tried again
  std::string key = {};         ///< idempotency key, one job for an owner and key; "" = none
  std::string digest = {};      ///< of the request, to compare requests with one key
  std::uint64_t place = 0;      ///< order of arrival
  JobState state = JobState::queued;
  std::uint32_t attempt = 0;  ///< attempts begun
  std::uint64_t epoch = 0;    ///< rises with every start; what comes with an older one is refused
  std::int64_t checkpoint_step = 0;  ///< a new attempt goes on from here
  std::int64_t furthest_step = 0;    ///< the highest that checkpoint_step ever was
  std::uint32_t lost = 0;            ///< attempts in a row that got no further; not on disk
  std::string reasons = {};          ///< why the latest attempts ended, one a line
  schemas::Fault fault = {};         ///< of failed and cancelled
  schemas::Progress progress = {};   ///< the last one told
  std::int64_t created_ms = 0;       ///< Unix time
  std::int64_t ended_ms = 0;         ///< Unix time, 0 = open

  bool is_open() const {
    return state == JobState::queued || state == JobState::running || state == JobState::paused;
  }
  /// It has failed, and its stages keep what a retry goes on from.
  bool is_kept() const {
    return state == JobState::failed && durable && !call && checkpoint_step > 0;
  }
};

}  // namespace flow
