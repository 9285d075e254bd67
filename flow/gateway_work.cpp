// The gateway's side towards stages: work out, results in.
#include <algorithm>

#include "flow/gateway.h"

namespace flow {

using executor::Packet;
using executor::packet_of;
using schemas::Kind;

void Gateway::on_stage_packet(std::size_t stage, const std::string& peer, Packet packet) {
  Worker& worker = *dispatch_[stage].find(peer);
  worker.last_heard = now_;
  switch (packet.header.kind) {
    case Kind::emit: return on_emit(stage, worker, std::move(packet));
    case Kind::done: return complete(worker, packet.header.id);
    case Kind::failed: return on_failed(stage, worker, packet);
    case Kind::progress: return on_progress(stage, packet);
    case Kind::call: return on_call(peer, std::move(packet));
    case Kind::loading: worker.text = std::string(packet.body.view().substr(0, 256)); return;
    case Kind::ready:
      worker.ready = true;
      worker.credit = packet.header.count;
      worker.text.clear();
      return;
    case Kind::bye: return lose(stage, peer, "left");
    default: return;  // a beat, or a kind of a later version
  }
}

void Gateway::enqueue(Job& job, std::size_t hop, std::uint64_t source, Packet packet, bool last) {
  const std::size_t stage = job.route->path[hop];
  if (is_given_up(stage)) {
    fail_later(job.id, {"unavailable", flow_.stages[stage].name, job.id,
                        "the stage is given up: " + given_up_[stage].begin()->second,
                        "mend the cause and start the flow again"});
    return;
  }
  const bool is_last_hop = hop + 1 == job.route->path.size();
  schemas::Header& header = packet.header;
  header.kind = Kind::work;
  header.id = ++last_work_;
  header.job = job.id;
  header.endpoint = job.route->endpoint;
  header.owner = job.owner;
  header.epoch = 1;
  header.hop = hop;
  header.seq = job.next_seq[hop]++;
  header.last = last;
  header.count = is_last_hop ? 0 : flow_.stages[job.route->path[hop + 1]].queue_items;
  ++job.open[hop];
  Work work;
  work.id = header.id;
  work.job = job.id;
  work.hop = hop;
  work.source = source;
  work.packet = std::move(packet);
  dispatch_[stage].push(std::move(work));
}

void Gateway::drain() {
  for (std::size_t stage = 0; stage < dispatch_.size(); ++stage) {
    while (const auto next = dispatch_[stage].next(now_)) {
      auto& [worker, work] = *next;
      const auto job = jobs_.find(work->job);
      if (job != jobs_.end()) job->second.took_part.emplace(stage, worker->peer);
      // A peer that cannot be reached is noticed by its process's end or its silence.
      port_.send(worker->peer, work->packet);
      work->packet.body = {};
      work->packet.blobs.clear();
    }
  }
}

void Gateway::on_emit(std::size_t, Worker& worker, Packet packet) {
  const auto found = worker.in_flight.find(packet.header.id);
  if (found == worker.in_flight.end()) return;
  const Work& work = found->second;
  const std::uint64_t id = work.id;
  const bool ends_work = packet.header.last;
  const auto job = jobs_.find(work.job);
  if (job != jobs_.end()) {
    const bool last = work.packet.header.last && ends_work;
    if (work.hop + 1 < job->second.route->path.size()) {
      enqueue(job->second, work.hop + 1, id, std::move(packet), last);
    } else {
      packet.header.last = last;
      answer(job->second, packet);
    }
  }
  if (ends_work) complete(worker, id);
}

void Gateway::complete(Worker& worker, std::uint64_t id) {
  const auto found = worker.in_flight.find(id);
  if (found == worker.in_flight.end()) return;
  const Work work = std::move(found->second);
  worker.in_flight.erase(found);
  ++worker.credit;
  ++worker.done;
  const auto job = jobs_.find(work.job);
  if (job == jobs_.end()) return;
  note_taken(job->second, work);
  auto& open = job->second.open;
  --open[work.hop];
  const bool over = std::all_of(open.begin(), open.end(), [](std::size_t n) { return n == 0; });
  if (over) later_.push_back({JobEvent::Type::finish, work.job});
}

// Tells the stage whose stream this work belongs to that its window has room again.
void Gateway::note_taken(const Job& job, const Work& work) {
  if (work.hop == 0) return;
  for (auto& worker : dispatch_[job.route->path[work.hop - 1]].workers()) {
    const auto source = worker.in_flight.find(work.source);
    if (source == worker.in_flight.end()) continue;
    schemas::Header header;
    header.kind = Kind::taken;
    header.id = work.source;
    header.job = job.id;
    header.count = ++source->second.taken;
    port_.send(worker.peer, {header, {}, {}});
  }
}

void Gateway::on_failed(std::size_t stage, Worker& worker, const Packet& packet) {
  schemas::Fault fault;
  try {
    fault = schemas::unpack<schemas::Fault>(packet.body.view());
  } catch (const schemas::CodecError& error) {
    fault = {"internal", "", "", error.what(), ""};
  }
  fault.stage = flow_.stages[stage].name;
  if (packet.header.id == 0) {  // its executor could not be constructed; the process ends now
    start_fault_[stage] = fault.cause + (fault.hint.empty() ? "" : " (" + fault.hint + ")");
    return;
  }
  const auto found = worker.in_flight.find(packet.header.id);
  if (found == worker.in_flight.end()) return;
  fault.job = found->second.job;
  fail_later(fault.job, fault);
  complete(worker, packet.header.id);
}

void Gateway::on_progress(std::size_t stage, const Packet& packet) {
  auto job = jobs_.find(packet.header.job);
  while (job != jobs_.end() && !job->second.origin.parent.empty()) {
    job =
        jobs_.find(job->second.origin.parent);  // what a called route does is the caller's progress
  }
  if (job == jobs_.end()) return;
  try {
    auto progress = schemas::unpack<schemas::Progress>(packet.body.view());
    progress.stage = flow_.stages[stage].name;
    job->second.progress = progress;
    schemas::Header header;
    header.kind = Kind::progress;
    header.id = job->second.origin.id;
    header.job = job->first;
    tell_client(job->second, packet_of(header, schemas::Message::of(progress, packet.blobs)));
  } catch (const schemas::CodecError&) {
    return;  // the job itself is not hurt by a progress that cannot be shown
  }
}

void Gateway::on_call(const std::string& peer, Packet packet) {
  const auto parent = jobs_.find(packet.header.job);
  if (parent == jobs_.end()) return;  // over already: the caller hears of that
  const std::string parent_id = parent->first;
  const std::string owner = parent->second.owner;
  const std::uint64_t id = packet.header.id;
  const Route* route = flow_.find_route(packet.header.endpoint);
  if (route == nullptr) return;  // the static check has seen every call that a stage can make
  parent->second.children.push_back(
      open_job(*route, std::move(packet), {peer, id, parent_id}, owner));
}

void Gateway::lose(std::size_t stage, const std::string& peer, const std::string& text) {
  Worker* worker = dispatch_[stage].find(peer);
  if (worker == nullptr) return;
  const std::int64_t pid = worker->pid;
  for (const auto& [id, job] : jobs_) {
    bool needs_it = false;
    for (const std::size_t hop : dispatch_[stage].bound_hops(id, peer)) {
      for (std::size_t before = 0; before <= hop; ++before) needs_it |= job.open[before] > 0;
    }
    if (!needs_it) continue;
    fail_later(id, {"stage_died", flow_.stages[stage].name, id,
                    "the stage '" + flow_.stages[stage].name + "' (process " + std::to_string(pid) +
                        ") " + text,
                    "send the request again: the stage is started anew; its log tells more"});
  }
  stage_of_peer_.erase(peer);
  dispatch_[stage].remove(peer);
}

void Gateway::check_silence(std::size_t stage) {
  using std::chrono::milliseconds;
  const Stage& config = flow_.stages[stage];
  const std::uint32_t idle_ms = std::max(5 * flow_.beat_ms, flow_.lease_ms / 3);
  const std::uint32_t busy_ms = std::max(flow_.lease_ms, 4 * config.plugin.silence_ms);
  std::vector<std::pair<std::string, std::uint32_t>> silent;
  for (const auto& worker : dispatch_[stage].workers()) {
    const auto limit = !worker.ready              ? config.ready_ms
                       : worker.in_flight.empty() ? idle_ms
                                                  : busy_ms;
    if (now_ - worker.last_heard > milliseconds(limit))
      silent.emplace_back(worker.peer, worker.replica);
    for (const auto& [id, work] : worker.in_flight) {
      if (config.timeout_ms == 0 || now_ - work.sent <= milliseconds(config.timeout_ms)) continue;
      fail_later(work.job,
                 {"timeout", config.name, work.job,
                  "one message took longer than " + std::to_string(config.timeout_ms) + " ms",
                  "raise `timeout` of this executor in the flow file, or ask for less"});
    }
  }
  for (const auto& [peer, replica] : silent) {
    lose(stage, peer, "gave no sign of life for too long");
    if (!config.remote) port_.kill(stage, replica);
  }
}

}  // namespace flow
