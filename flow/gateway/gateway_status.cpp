// What `souvenir status` shows.
#include <unistd.h>

#include <algorithm>

#include "flow/gateway/gateway.h"

namespace flow {
namespace {

schemas::StageStatus stage_status(const Stage& stage, const Worker& worker) {
  schemas::StageStatus out;
  out.name = stage.name;
  out.replica = worker.replica;
  out.state = !worker.ready                          ? "loading"
              : worker.state == WorkerState::leaving ? "leaving"
              : worker.in_flight.empty()             ? "ready"
                                                     : "busy";
  out.text = worker.text;
  out.pid = worker.pid;
  out.done = static_cast<std::int64_t>(worker.done);
  if (!worker.in_flight.empty()) out.job = worker.in_flight.begin()->second.job;
  return out;
}

}  // namespace

bool Gateway::all_ready() const {
  return std::all_of(replicas_.begin(), replicas_.end(),
                     [](const Replicas& replicas) { return replicas.all_ready(); });
}

schemas::Status Gateway::status() const {
  schemas::Status status;
  status.flow = flow_.name;
  status.file = flow_.file.string();
  status.version = SOUVENIR_VERSION;
  status.pid = ::getpid();
  status.ready = all_ready();
  for (std::size_t i = 0; i < flow_.stages.size(); ++i) {
    std::set<std::uint32_t> seen;
    for (const auto& worker : queues_[i].workers()) {
      status.stages.push_back(stage_status(flow_.stages[i], worker));
      seen.insert(worker.replica);
    }
    for (const std::uint32_t replica : replicas_[i].wanted()) {
      if (seen.contains(replica)) continue;
      schemas::StageStatus absent;
      absent.name = flow_.stages[i].name;
      absent.replica = replica;
      const auto why = replicas_[i].given_up(replica);
      absent.state = why ? "given_up" : "starting";
      absent.text = why.value_or("");
      if (flow_.stages[i].remote) absent.text = "waits for `souvenir stage --connect`";
      status.stages.push_back(absent);
    }
    for (auto& stage : status.stages) {
      if (stage.name != flow_.stages[i].name) continue;
      stage.waiting = static_cast<std::int64_t>(queues_[i].waiting());
      stage.restarts = replicas_[i].restarts();
    }
  }
  status.jobs = desk_.recent_jobs(now_);
  return status;
}

}  // namespace flow
