#include "flow/gateway/open_jobs.h"

#include <algorithm>
#include <utility>

namespace flow {

std::uint64_t OpenJob::time_left_ms(Time now) const {
  if (!deadline) return 0;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*deadline - now).count();
  return static_cast<std::uint64_t>(std::max<std::int64_t>(left, 1));
}

OpenJob& OpenJobs::add(OpenJob&& job) {
  OpenJob& added = jobs_.try_emplace(job.id, std::move(job)).first->second;
  if (!added.is_call()) return added;
  auto& calls = calls_of_[added.asker.peer];
  ++calls.count;
  calls.bytes += added.request_bytes;
  ++calls_;
  if (OpenJob* parent = find(added.asker.parent)) parent->children.insert(added.id);
  return added;
}

OpenJob OpenJobs::take(const std::string& id) {
  OpenJob job = std::move(jobs_.extract(id).mapped());
  release(job);
  if (!job.is_call()) return job;
  const auto calls = calls_of_.find(job.asker.peer);
  calls->second.bytes -= job.request_bytes;
  if (--calls->second.count == 0) calls_of_.erase(calls);
  --calls_;
  if (OpenJob* parent = find(job.asker.parent)) parent->children.erase(id);
  return job;
}

OpenCalls OpenJobs::calls_of(const std::string& peer) const {
  const auto found = calls_of_.find(peer);
  return found == calls_of_.end() ? OpenCalls{} : found->second;
}

void OpenJobs::hold(const std::string& id, std::size_t bytes) {
  OpenJob* job = find(id);
  if (job == nullptr) return;
  release(*job);
  job->held_bytes = bytes;
  if (bytes > 0) held_bytes_[job->owner] += bytes;
}

void OpenJobs::release(OpenJob& job) {
  const auto held = held_bytes_.find(job.owner);
  if (job.held_bytes == 0 || held == held_bytes_.end()) return;
  held->second -= std::exchange(job.held_bytes, 0);
  if (held->second == 0) held_bytes_.erase(held);
}

std::size_t OpenJobs::held_bytes_of(const std::string& owner) const {
  const auto held = held_bytes_.find(owner);
  return held == held_bytes_.end() ? 0 : held->second;
}

const OpenJob* OpenJobs::find(const std::string& id) const {
  const auto found = jobs_.find(id);
  return found == jobs_.end() ? nullptr : &found->second;
}

OpenJob* OpenJobs::find(const std::string& id) {
  const auto found = jobs_.find(id);
  return found == jobs_.end() ? nullptr : &found->second;
}

OpenJob* OpenJobs::running(const std::string& id, std::uint64_t epoch) {
  OpenJob* job = find(id);
  if (job == nullptr || epoch == 0 || job->epoch != epoch) return nullptr;
  return ledger_.is_running(id, epoch) ? job : nullptr;
}

Rhythm* OpenJobs::rhythm_of(const Task& task) {
  OpenJob* job = running(task.job, task.epoch);
  return job == nullptr ? nullptr : &job->rhythm[task.hop];
}

bool OpenJobs::outlasts(const OpenJob& job) const {
  if (!job.is_call()) return job.durable;
  const OpenJob* parent = find(job.asker.parent);
  return parent != nullptr && outlasts(*parent);
}

bool OpenJobs::waits_for(const std::string& peer, const std::string& id) const {
  for (const OpenJob* job = find(id); job != nullptr && job->is_call();
       job = find(job->asker.parent)) {
    if (job->asker.peer == peer) return true;
  }
  return false;
}

}  // namespace flow
