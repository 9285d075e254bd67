#include "flow/ledger.h"

#include <algorithm>

namespace flow {

std::string name_of(JobState state) {
  static const char* const kNames[] = {"queued", "running", "done", "failed", "cancelled"};
  return kNames[static_cast<int>(state)];
}

bool Ledger::is_open(const std::string& job) const {
  const auto found = jobs_.find(job);
  if (found == jobs_.end()) return false;
  return found->second.state == JobState::queued || found->second.state == JobState::running;
}

std::size_t Ledger::position(const std::string& job) const {
  const auto queue = serial_.find(jobs_.at(job).serial_key);
  if (queue == serial_.end()) return 0;
  const auto place = std::find(queue->second.begin(), queue->second.end(), job);
  return static_cast<std::size_t>(place - queue->second.begin());
}

std::vector<JobAction> Ledger::step(const JobEvent& event) {
  using Type = JobEvent::Type;
  if (event.type == Type::accept) return accept(event);
  if (!is_open(event.job)) return {};
  if (event.type == Type::finish) return end(event, JobState::done);
  return end(event, event.type == Type::fail ? JobState::failed : JobState::cancelled);
}

std::vector<JobAction> Ledger::accept(const JobEvent& event) {
  if (jobs_.contains(event.job)) return {};
  bool runs = true;
  if (!event.serial_key.empty()) {
    auto& queue = serial_[event.serial_key];
    runs = queue.empty();
    queue.push_back(event.job);
  }
  jobs_[event.job] = {runs ? JobState::running : JobState::queued, event.serial_key};
  if (!runs) return {};
  return {{JobAction::Type::start, event.job}};
}

std::vector<JobAction> Ledger::end(const JobEvent& event, JobState outcome) {
  Entry& entry = jobs_.at(event.job);
  std::vector<JobAction> actions{{JobAction::Type::end, event.job, outcome, event.fault}};
  if (!entry.serial_key.empty()) {
    auto& queue = serial_.at(entry.serial_key);
    const bool ran = entry.state == JobState::running;
    queue.erase(std::find(queue.begin(), queue.end(), event.job));
    if (ran && !queue.empty()) {
      jobs_.at(queue.front()).state = JobState::running;
      actions.push_back({JobAction::Type::start, queue.front()});
    }
    if (queue.empty()) serial_.erase(entry.serial_key);
  }
  entry.state = outcome;
  ended_.push_back(event.job);
  if (ended_.size() > kKeptJobs) {
    jobs_.erase(ended_.front());
    ended_.pop_front();
  }
  return actions;
}

}  // namespace flow
