#include "flow/gateway/stage_queues.h"

namespace flow {
namespace {

std::vector<std::size_t> sharing(const std::vector<Stage>& stages) {
  std::vector<std::size_t> found;
  for (std::size_t i = 0; i < stages.size(); ++i) {
    if (stages[i].shares_gpu) found.push_back(i);
  }
  return found;
}

}  // namespace

StageQueues::StageQueues(const std::vector<Stage>& stages) : gpu_(sharing(stages)) {
  for (const auto& stage : stages) stages_.emplace_back(stage.batch);
}

std::optional<std::size_t> StageQueues::stage_of(const std::string& peer) const {
  const auto found = stage_of_peer_.find(peer);
  return found == stage_of_peer_.end() ? std::nullopt : std::optional(found->second);
}

void StageQueues::add(std::size_t stage, Worker worker) {
  stage_of_peer_[worker.peer] = stage;
  stages_[stage].add(std::move(worker));
}

void StageQueues::remove(std::size_t stage, const std::string& peer) {
  stages_[stage].remove(peer);
  stage_of_peer_.erase(peer);
}

std::optional<GpuTurns::Turn> StageQueues::next(Time now, const GpuTurns::WaitsFor& waits_for) {
  for (std::size_t stage = 0; stage < stages_.size(); ++stage) {
    if (gpu_.shares(stage)) continue;
    if (const auto load = stages_[stage].next(now)) return {{stage, *load}};
  }
  return gpu_.next(stages_, waits_for, now);
}

std::optional<Time> StageQueues::next_due(Time now) const {
  std::optional<Time> first;
  for (const auto& stage : stages_) {
    const auto due = stage.next_due(now);
    if (due && (!first || *due < *first)) first = due;
  }
  return first;
}

void StageQueues::forget(const std::string& job) {
  for (auto& stage : stages_) stage.forget(job);
}

void StageQueues::unbind(const std::string& job) {
  for (auto& stage : stages_) stage.unbind(job);
}

void StageQueues::stood_still(std::chrono::milliseconds time) {
  for (auto& stage : stages_) {
    for (auto& worker : stage.workers()) worker.last_heard += time;
  }
}

}  // namespace flow
