#include "flow/gateway/estimates.h"

#include <algorithm>

namespace flow {
namespace {

constexpr double kNewestWeight = 0.3;        // of the latest job in the mean duration
constexpr const char* kGateway = "gateway";  // names itself in faults, and is no stage

// The one that has the job, or in which it failed.
std::string stage_of(const JobRecord& record) {
  if (record.is_open()) return record.progress.stage;
  return record.fault.stage == kGateway ? "" : record.fault.stage;
}

}  // namespace

// Of a job that was taken up again only the last part was seen.
void Estimates::ended(const JobRecord& record, double took_s) {
  if (record.state != JobState::done || record.epoch > 1) return;
  const auto [mean, first] = mean_s_.try_emplace(record.endpoint, took_s);
  if (!first) mean->second += kNewestWeight * (took_s - mean->second);
}

std::optional<double> Estimates::running_s(const JobRecord& record, double ran_s) const {
  if (record.progress.eta_s) return record.progress.eta_s;
  const auto mean = mean_s_.find(record.endpoint);
  if (mean == mean_s_.end()) return std::nullopt;
  return std::max(0.0, mean->second - ran_s);
}

std::optional<double> Estimates::eta_s(const JobRecord& record, const OpenJobs& jobs,
                                       const Ledger& ledger, Time now) const {
  const OpenJob* open = jobs.find(record.id);
  if (open == nullptr || record.state == JobState::paused) return std::nullopt;
  if (record.state == JobState::running) {
    return running_s(record, std::chrono::duration<double>(now - open->started).count());
  }
  const auto mean = mean_s_.find(record.endpoint);
  std::optional<double> sum;
  if (mean != mean_s_.end()) sum = mean->second;
  for (const auto& id : ledger.before(record.id)) {
    const JobRecord* other = ledger.find(id);
    if (other != nullptr && other->state == JobState::paused) return std::nullopt;
    if (other == nullptr || other->state != JobState::running) {
      if (sum && mean != mean_s_.end()) *sum += mean->second;
      continue;
    }
    const auto eta = eta_s(*other, jobs, ledger, now);
    if (!eta) return std::nullopt;
    // Nothing known of such jobs yet: as long as the one that runs.
    if (!sum) sum = *eta;
    *sum += *eta;
  }
  return sum;
}

schemas::JobStatus status_of(const JobRecord& record, std::size_t position,
                             std::optional<double> eta_s) {
  schemas::JobStatus status;
  status.id = record.id;
  status.kind = record.endpoint;
  status.owner = record.owner;
  status.state = name_of(record.state);
  status.stage = stage_of(record);
  status.step = record.is_kept() ? record.checkpoint_step : record.progress.step;
  status.total = record.progress.total;
  status.position = static_cast<std::int64_t>(position);
  status.text = record.is_open() ? record.progress.text : record.fault.cause;
  status.eta_s = eta_s;
  status.attempt = record.attempt;
  status.epoch = static_cast<std::int64_t>(record.epoch);
  status.checkpoint_step = record.checkpoint_step;
  status.durable = record.durable;
  status.created_ms = record.created_ms;
  status.ended_ms = record.ended_ms;
  status.key = record.key;
  status.reasons = record.reasons;
  return status;
}

}  // namespace flow
