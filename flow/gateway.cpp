#include "flow/gateway.h"

#include <unistd.h>

#include <algorithm>

#include "executor/describe.h"

namespace flow {
namespace {

constexpr std::chrono::minutes kExpiry{1};  // how often old jobs are looked for
constexpr std::chrono::seconds kProbe{1};   // how often stages of other hosts are sent a beat
constexpr std::int64_t kKeptDays = 7;       // an ended job, its answer and its key are kept
constexpr std::int64_t kDay_ms = 24 * 60 * 60 * 1000;

}  // namespace

using executor::Packet;
using schemas::Kind;

Gateway::Gateway(Flow& flow, GatewayPort port, Journal& journal)
    : flow_(flow),
      port_(std::move(port)),
      journal_(journal),
      elsewhere_(journal.open_elsewhere()),
      crews_(flow.stages.size()),
      given_up_(flow.stages.size()),
      start_fault_(flow.stages.size()),
      restarts_(flow.stages.size()),
      absent_since_(flow.stages.size()) {
  for (std::size_t i = 0; i < flow.stages.size(); ++i) {
    const Stage& stage = flow.stages[i];
    if (stage.shares_gpu) sharing_.push_back(dispatch_.size());
    dispatch_.emplace_back(stage.batch);
    Crew& crew = crews_[i];
    while (crew.next_replica < stage.replicas) crew.wanted.insert(crew.next_replica++);
    for (const auto& call : stage.plugin.calls) internal_.insert(call.endpoint);
  }
  recover();
}

void Gateway::on_packet(const std::string& peer, Packet packet, Time now,
                        const access::Origin& origin) {
  now_ = now;
  const auto stage = stage_of_peer_.find(peer);
  const std::uint64_t id = packet.header.id;
  try {
    if (stage == stage_of_peer_.end()) {
      on_peer_packet(peer, std::move(packet), origin);
    } else if (port_.guard != nullptr && !port_.guard->allows_stage(origin)) {
      lose(stage->second, peer, "has a key that was revoked");
    } else {
      on_stage_packet(stage->second, peer, std::move(packet));
    }
  } catch (const schemas::CodecError& error) {
    on_garbage(peer, id, error.what());
  }
  settle();
  drain();
}

void Gateway::on_garbage(const std::string& peer, std::uint64_t id, const std::string& why) {
  const auto stage = stage_of_peer_.find(peer);
  if (stage != stage_of_peer_.end()) {
    lose(stage->second, peer, "sent bytes that are no packet: " + why);
    return settle();
  }
  refuse(peer, id, {"protocol", "gateway", "", why, "speak the protocol of schemas/wire.md"});
}

void Gateway::on_stage_died(std::size_t stage, std::uint32_t replica, const std::string& text,
                            bool again) {
  std::string why = text;
  if (!start_fault_[stage].empty()) why = std::exchange(start_fault_[stage], "");
  const Crew& crew = crews_[stage];
  if (crew.swap && crew.swap->fresh.contains(replica)) return roll_back(stage, why);
  if (!crew.wanted.contains(replica)) {
    port_.retire(stage, replica);  // it was to leave: nobody waits for it
  } else if (again) {
    ++restarts_[stage];
  } else {
    given_up_[stage][replica] = why;
  }
  if (const Worker* worker = dispatch_[stage].find(replica))
    lose(stage, std::string(worker->peer), why);
  if (is_given_up(stage)) {
    for (const auto& [id, job] : jobs_) {
      if (job.route == nullptr) continue;
      const auto& path = job.route->path;
      if (std::find(path.begin(), path.end(), stage) == path.end()) continue;
      fail_later(job, {"unavailable", flow_.stages[stage].name, id, "the stage is given up: " + why,
                       "mend the cause and start the flow again"});
    }
  }
  settle();
  drain();
}

void Gateway::on_tick(Time now) {
  now_ = now;
  const bool probes = now - last_probe_ >= kProbe;
  if (probes) last_probe_ = now;
  for (std::size_t stage = 0; stage < dispatch_.size(); ++stage) {
    if (probes) check_connections(stage);
    check_silence(stage);
    check_absence(stage);
    check_swap(stage);
    retire_idle(stage);
  }
  check_deadlines();
  if (now - last_expiry_ >= kExpiry) {
    last_expiry_ = now;
    take(ledger_.expire(port_.wall_ms() - kKeptDays * kDay_ms), "gateway");
  }
  settle();
  drain();
}

void Gateway::on_committed() {
  settle();
  drain();
}

std::optional<Time> Gateway::next_due(Time now) const {
  std::optional<Time> first;
  for (const auto& dispatch : dispatch_) {
    const auto due = dispatch.next_due(now);
    if (due && (!first || *due < *first)) first = due;
  }
  return first;
}

void Gateway::on_due(Time now) {
  now_ = now;
  drain();
}

void Gateway::on_stopping() {
  stopping_ = true;
  for (const auto& [id, job] : jobs_) {
    if (!job.durable) continue;
    for (const auto& watcher : job.watchers) {
      refuse(watcher.peer, watcher.id,
             {"unavailable", "gateway", id, "the flow stops; the job goes on when it is up again",
              "souvenir up, then souvenir jobs watch " + id});
    }
  }
}

bool Gateway::is_given_up(std::size_t stage) const {
  return !flow_.stages[stage].remote && given_up_[stage].size() >= crews_[stage].wanted.size();
}

bool Gateway::all_ready() const {
  for (std::size_t i = 0; i < flow_.stages.size(); ++i) {
    if (flow_.stages[i].remote) continue;
    const auto& workers = dispatch_[i].workers();
    const auto ready = std::count_if(workers.begin(), workers.end(), [&](const Worker& worker) {
      return worker.ready && crews_[i].wanted.contains(worker.replica);
    });
    if (static_cast<std::size_t>(ready) < crews_[i].wanted.size()) return false;
  }
  return true;
}

namespace {

constexpr std::size_t kRecentJobs = 64;  // ended jobs that `status` shows

schemas::StageStatus stage_status(const Stage& stage, const Worker& worker) {
  schemas::StageStatus out;
  out.name = stage.name;
  out.replica = worker.replica;
  out.state = !worker.ready                  ? "loading"
              : worker.duty == Duty::leaving ? "leaving"
              : worker.in_flight.empty()     ? "ready"
                                             : "busy";
  out.text = worker.text;
  out.pid = worker.pid;
  out.done = static_cast<std::int64_t>(worker.done);
  if (!worker.in_flight.empty()) out.job = worker.in_flight.begin()->second.job;
  return out;
}

}  // namespace

schemas::Status Gateway::status() const {
  schemas::Status status;
  status.flow = flow_.name;
  status.file = flow_.file.string();
  status.version = SOUVENIR_VERSION;
  status.pid = ::getpid();
  status.ready = all_ready();
  for (std::size_t i = 0; i < flow_.stages.size(); ++i) {
    std::set<std::uint32_t> seen;
    for (const auto& worker : dispatch_[i].workers()) {
      status.stages.push_back(stage_status(flow_.stages[i], worker));
      seen.insert(worker.replica);
    }
    for (const std::uint32_t replica : crews_[i].wanted) {
      if (seen.contains(replica)) continue;
      schemas::StageStatus absent;
      absent.name = flow_.stages[i].name;
      absent.replica = replica;
      const auto why = given_up_[i].find(replica);
      absent.state = why != given_up_[i].end() ? "given_up" : "starting";
      if (why != given_up_[i].end()) absent.text = why->second;
      if (flow_.stages[i].remote) absent.text = "waits for `souvenir stage --connect`";
      status.stages.push_back(absent);
    }
    for (auto& stage : status.stages) {
      if (stage.name != flow_.stages[i].name) continue;
      stage.waiting = static_cast<std::int64_t>(dispatch_[i].waiting());
      stage.restarts = restarts_[i];
    }
  }
  for (const auto* record : ledger_.lately(kRecentJobs)) status.jobs.push_back(status_of(*record));
  return status;
}

}  // namespace flow
