// The gateway's side towards stages: work out, results in.
#include <algorithm>

#include "executor/fault_point.h"
#include "flow/gateway/gateway.h"
#include "flow/gateway/job_key.h"

namespace flow {

using executor::bytes_of;
using executor::Packet;
using executor::packet_of;
using schemas::Kind;

namespace {

// A body that is none has no values; its stage will say what is wrong with it.
std::string values_in(std::string_view body, const std::vector<std::string>& fields) {
  try {
    return values_of(fields, body);
  } catch (const schemas::CodecError&) {
    return "";
  }
}

// What a stage may be ahead of the next one; nothing for the last of a route.
void set_window(schemas::Header& header, const Stage* next) {
  header.count = next == nullptr ? 0 : next->queue_items;
  header.bytes = next == nullptr ? 0 : next->queue_bytes;
}

// With whom it goes: to the worker of its like, and in a batch with them. What must be reproducible
// goes alone, and so does a stream: its order is its own.
void set_company(Task& work, const Stage& stage, bool durable) {
  const schemas::Header& header = work.packet.header;
  const auto body = work.packet.body.view();
  if (!stage.sticky.empty()) work.sticky = values_in(body, {stage.sticky});
  if (stage.batch.size > 1 && !durable && header.last && header.seq == 0) {
    work.batch = header.type + '\x1f' + values_in(body, stage.batch.by);
  }
}

// A stage speaks for the jobs that it has in hand, and for no other.
bool works_on(const Worker& worker, const schemas::Header& header) {
  return std::any_of(worker.in_flight.begin(), worker.in_flight.end(), [&](const auto& each) {
    return each.second.job == header.job && each.second.epoch == header.epoch;
  });
}

// Whether all that the worker had of the job was sent ahead, behind work of others: what broke it
// was none of this job's. Of a batch nobody can say.
bool only_waited(const Worker& worker, const std::string& job) {
  bool waited = false;
  for (const auto& [id, work] : worker.in_flight) {
    if (work.job != job) continue;
    const bool first = id == worker.in_flight.begin()->first;
    if (first || !work.batch.empty() || !can_repeat(work)) return false;
    waited = true;
  }
  return waited;
}

}  // namespace

void Gateway::on_stage_packet(std::size_t stage, const std::string& peer, Packet packet) {
  Worker& worker = *queues_[stage].find(peer);
  note_gap(worker);
  worker.last_heard = now_;
  note_announced(worker, packet.header);
  switch (packet.header.kind) {
    case Kind::emit: return on_emit(worker, std::move(packet));
    case Kind::done: return complete(worker, packet.header.id);
    case Kind::failed: return on_failed(stage, worker, packet);
    case Kind::progress:
      if (works_on(worker, packet.header)) on_progress(stage, packet);
      return;
    case Kind::call:
      if (works_on(worker, packet.header)) on_call(peer, std::move(packet));
      return;
    case Kind::loading: worker.text = std::string(packet.body.view().substr(0, 256)); return;
    case Kind::ready:
      worker.ready = true;
      worker.credit = packet.header.count;
      worker.text.clear();
      return replicas_[stage].ready(worker.replica, now_);
    case Kind::bye: return lose(stage, peer, "left");
    default: return;  // a beat, or a kind of a later version
  }
}

void Gateway::enqueue(Job& job, std::size_t hop, std::uint64_t source, Packet packet, bool last) {
  const std::size_t stage = job.route->path[hop];
  const auto given_up = replicas_[stage].given_up();
  if (given_up && !outlasts(job)) {
    fail(job, {"unavailable", flow_.stages[stage].name, job.id,
               "the stage is given up: " + *given_up, "mend the cause and start the flow again"});
    return;
  }
  schemas::Header& header = packet.header;
  header.kind = Kind::work;
  header.id = ++last_work_;
  header.job = job.id;
  header.endpoint = job.route->endpoint;
  header.owner = job.owner;
  header.key.clear();
  header.epoch = job.epoch;
  header.from_step = job.from_step;
  header.hop = hop;
  header.seq = job.next_seq[hop]++;
  header.last = last;
  const bool is_last_hop = hop + 1 == job.route->path.size();
  set_window(header, is_last_hop ? nullptr : &flow_.stages[job.route->path[hop + 1]]);
  ++job.open[hop];
  Task work;
  work.id = header.id;
  work.job = job.id;
  work.epoch = job.epoch;
  work.hop = hop;
  work.source = source;
  work.queued = now_;
  work.bytes = bytes_of(packet);
  work.packet = std::move(packet);
  set_company(work, flow_.stages[stage], job.durable);
  queues_[stage].push(std::move(work));
}

// Sends one load; false when its worker cannot be reached.
bool Gateway::deliver(std::size_t stage, const Dispatch::Load& load) {
  executor::fault_point("gateway.deliver");
  std::size_t left = load.tasks.size();
  for (Task* work : load.tasks) {
    schemas::Header& header = work->packet.header;
    header.batch = --left;
    const auto job = jobs_.find(work->job);
    if (job != jobs_.end()) {
      job->second.took_part.emplace(stage, load.worker->peer);
      header.deadline_ms = time_left_ms(job->second);
    }
    if (!port_.send(load.worker->peer, work->packet)) return false;
    if (load.worker->state == WorkerState::trial) continue;  // another may have to do it again
    work->packet.body = {};
    work->packet.blobs.clear();
  }
  return true;
}

void Gateway::drain() {
  const auto asked = [this](const auto& peer, const auto& job) { return waits_for(peer, job); };
  while (const auto turn = queues_.next(now_, asked)) {
    if (deliver(turn->stage, turn->load)) continue;
    const std::string peer = turn->load.worker->peer;
    const std::uint32_t replica = turn->load.worker->replica;
    lose(turn->stage, peer, "cannot be reached");
    if (!flow_.stages[turn->stage].remote) port_.kill(turn->stage, replica);
    settle();
  }
}

void Gateway::on_emit(Worker& worker, Packet packet) {
  const auto found = worker.in_flight.find(packet.header.id);
  if (found == worker.in_flight.end()) return;
  executor::fault_point("gateway.emit");
  Task& work = found->second;
  const std::uint64_t id = work.id;
  const bool ends_work = packet.header.last;
  ++work.emitted;
  if (Job* job = running(work.job, work.epoch)) {
    const bool last = work.packet.header.last && ends_work;
    if (work.hop + 1 < job->route->path.size()) {
      enqueue(*job, work.hop + 1, id, std::move(packet), last);
    } else {
      packet.header.last = last;
      answer(*job, packet);
    }
  }
  if (ends_work) complete(worker, id);
}

void Gateway::complete(Worker& worker, std::uint64_t id) {
  const auto found = worker.in_flight.find(id);
  if (found == worker.in_flight.end()) return;
  const Task work = std::move(found->second);
  worker.in_flight.erase(found);
  ++worker.credit;
  note_done(worker, work, now_);
  Job* job = running(work.job, work.epoch);
  if (job == nullptr) return;
  note_acked(*job, work);
  ++job->rhythm[work.hop].done;
  auto& open = job->open;
  --open[work.hop];
  const bool over = std::all_of(open.begin(), open.end(), [](std::size_t n) { return n == 0; });
  if (over) books_.note({JobEvent::Type::finish, work.job, {}, work.epoch}, job->results);
}

// Tells the stage whose stream this work belongs to that its window has room again.
void Gateway::note_acked(const Job& job, const Task& work) {
  if (work.hop == 0) return;
  for (auto& worker : queues_[job.route->path[work.hop - 1]].workers()) {
    const auto source = worker.in_flight.find(work.source);
    if (source == worker.in_flight.end()) continue;
    schemas::Header header;
    header.kind = Kind::ack;
    header.id = work.source;
    header.job = job.id;
    header.count = ++source->second.acked;
    header.bytes = source->second.acked_bytes += work.bytes;
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
    return replicas_[stage].start_failed(
        worker.replica, fault.cause + (fault.hint.empty() ? "" : " (" + fault.hint + ")"));
  }
  const auto found = worker.in_flight.find(packet.header.id);
  if (found == worker.in_flight.end()) return;
  const Task& work = found->second;
  if (worker.state == WorkerState::trial && fault.code == "internal" && can_repeat(work)) {
    return follow(stage,
                  replicas_[stage].failed("it failed at its first messages: " + fault.cause));
  }
  fault.job = work.job;
  if (Job* job = running(work.job, work.epoch)) {
    if (!(stopping_ && job->durable)) fail(*job, fault);
  }
  complete(worker, packet.header.id);
}

void Gateway::on_progress(std::size_t stage, const Packet& packet) {
  Job* job = running(packet.header.job, packet.header.epoch);
  bool own = true;
  while (job != nullptr && !job->asker.parent.empty()) {
    own = false;  // what a called route does is the caller's progress
    job = running(job->asker.parent, job->asker.parent_epoch);
  }
  if (job == nullptr) return;
  try {
    auto progress = schemas::unpack<schemas::Progress>(packet.body.view());
    executor::fault_point("gateway.progress");
    progress.stage = flow_.stages[stage].name;
    if (!own) progress.checkpoint_step = 0;
    books_.progress(job->id, job->epoch, progress);
    schemas::Header header;
    header.kind = Kind::progress;
    header.job = job->id;
    tell_watchers(*job, packet_of(header, schemas::Message::of(progress, packet.blobs)));
  } catch (const schemas::CodecError&) {
    return;  // the job itself is not hurt by a progress that cannot be shown
  }
}

void Gateway::on_call(const std::string& peer, Packet packet) {
  const Job* parent = running(packet.header.job, packet.header.epoch);
  if (parent == nullptr) return;  // over already: the caller hears of that
  const std::string owner = parent->owner;
  Asker asker{peer, packet.header.id, parent->id, parent->epoch};
  packet.header.key.clear();
  packet.header.deadline_ms =
      time_left_ms(*parent);  // who asks has no more time than it has itself
  const Route* route = flow_.find_route(packet.header.endpoint);
  if (route == nullptr) return;  // the static check has seen every call that a stage can make
  const std::string child = open_job(*route, std::move(packet), owner, asker, {});
  // Opening it may have ended the parent.
  if (Job* still = running(asker.parent, asker.parent_epoch)) {
    still->children.push_back(child);
  } else {
    books_.cancel(child, "the asking job has ended");
  }
}

void Gateway::lose(std::size_t stage, const std::string& peer, const std::string& text) {
  Worker* worker = queues_[stage].find(peer);
  if (worker == nullptr) return;
  const std::int64_t pid = worker->pid;
  const std::uint32_t replica = worker->replica;
  take_back_trials(queues_[stage], *worker);
  for (const auto& [id, job] : jobs_) {
    if (job.epoch == 0 || (stopping_ && job.durable)) continue;
    bool needs_it = false;
    for (const std::size_t hop : queues_[stage].bound_hops(id, peer)) {
      for (std::size_t before = 0; before <= hop; ++before) needs_it |= job.open[before] > 0;
    }
    if (!needs_it) continue;
    const std::string& name = flow_.stages[stage].name;
    books_.note({.type = JobEvent::Type::lose,
                 .job = id,
                 .fault = {"stage_died", name, id,
                           "the stage '" + name + "' (process " + std::to_string(pid) + ") " + text,
                           "send the request again: the stage is started anew; its log tells more"},
                 .epoch = job.epoch,
                 .who = name,
                 .to_blame = !only_waited(*worker, id)});
  }
  queues_.remove(stage, peer);
  follow(stage, replicas_[stage].lost(replica, text));
}

}  // namespace flow
