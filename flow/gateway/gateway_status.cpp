// What `souvenir status` shows.
#include <unistd.h>

#include <algorithm>
#include <set>
#include <utility>
#include <vector>

#include "flow/file/join_command.h"
#include "flow/gateway/gateway.h"
#include "flow/gateway/rhythm.h"

namespace flow {
namespace {

schemas::StageStatus present(const Worker& worker, std::uint32_t lease_ms) {
  schemas::StageStatus out;
  out.replica = worker.replica;
  out.state = !worker.ready                          ? "loading"
              : worker.state == WorkerState::leaving ? "leaving"
              : worker.in_flight.empty()             ? "ready"
                                                     : "busy";
  out.text = worker.text;
  out.pid = worker.pid;
  out.done = static_cast<std::int64_t>(worker.done);
  out.plugin = worker.run;
  out.with = worker.with;
  out.silence_ms = usual_silence_ms(lease_ms, *worker.table);
  if (!worker.in_flight.empty()) out.job = worker.in_flight.begin()->second.job;
  return out;
}

// A process that the stage shall have and that is not connected. Only one that this server starts
// can hang.
schemas::StageStatus absent(const Flow& flow, const Stage& stage, const Replicas& replicas,
                            std::uint32_t replica) {
  schemas::StageStatus out;
  out.replica = replica;
  const auto why = replicas.given_up(replica);
  out.state = stage.remote ? "absent" : why ? "given_up" : "starting";
  out.text = why.value_or("");
  if (stage.remote) {
    out.text = replicas.gone() ? "the last process " + *replicas.gone() + "; " : "";
    out.text += "where it shall run: " + join_command(flow, stage);
  }
  out.plugin = stage.run;
  out.with = stage.with;
  if (!stage.remote && !why) out.silence_ms = stage.ready_ms;
  return out;
}

// Its processes: those that are here, then those that are not.
// Those of another host may all say that they are the first one.
std::vector<schemas::StageStatus> status_of(const Flow& flow, const Stage& stage,
                                            const Dispatch& queue, const Replicas& replicas) {
  std::vector<schemas::StageStatus> processes;
  std::set<std::uint32_t> seen;
  for (const auto& worker : queue.workers()) {
    processes.push_back(present(worker, flow.lease_ms));
    seen.insert(worker.replica);
  }
  for (const std::uint32_t replica : replicas.wanted()) {
    const bool is_full = stage.remote && processes.size() >= replicas.wanted().size();
    if (seen.contains(replica) || is_full) continue;
    processes.push_back(absent(flow, stage, replicas, replica));
  }
  for (auto& process : processes) {
    process.name = stage.name;
    process.waiting = static_cast<std::int64_t>(queue.waiting());
    process.restarts = replicas.restarts();
  }
  return processes;
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
    for (auto& process : status_of(flow_, flow_.stages[i], queues_[i], replicas_[i])) {
      status.stages.push_back(std::move(process));
    }
  }
  status.jobs = desk_.recent_jobs(now_);
  return status;
}

}  // namespace flow
