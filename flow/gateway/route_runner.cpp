// A job on its way: work out, results in.
#include "flow/gateway/route_runner.h"

#include <algorithm>

#include "executor/error.h"
#include "executor/fault_point.h"
#include "flow/gateway/absences.h"
#include "flow/gateway/job_key.h"
#include "flow/gateway/job_packets.h"

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

// Whose message it is, and where on its way.
void address(schemas::Header& header, const OpenJob& job, std::size_t hop) {
  header.kind = Kind::work;
  header.job = job.id;
  header.root = job.asker.root;
  header.endpoint = job.route->endpoint;
  header.owner = job.owner;
  header.key.clear();
  header.credential.clear();
  header.epoch = job.epoch;
  header.from_step = job.from_step;
  header.hop = hop;
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

// Whether all that the worker had of the job was sent ahead, behind work of others: what broke it
// was none of this job's. Which one of a batch broke it nobody can say.
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

RouteRunner::RouteRunner(const Flow& flow, Clients::Send send, Bookkeeping& books, Clients& clients,
                         CallReplies& replies, StageQueues& queues,
                         const std::vector<Replicas>& replicas, OpenJobs& jobs,
                         Estimates& estimates)
    : flow_(flow),
      send_(std::move(send)),
      books_(books),
      clients_(clients),
      replies_(replies),
      queues_(queues),
      replicas_(replicas),
      jobs_(jobs),
      estimates_(estimates) {}

void RouteRunner::fail(const OpenJob& job, schemas::Fault fault) {
  books_.fail(job.id, job.epoch, std::move(fault));
}

void RouteRunner::start(OpenJob& job, std::uint64_t epoch, Time now) {
  if (!books_.ledger().is_running(job.id, epoch)) return;  // cancelled or paused meanwhile
  const std::size_t hops = job.route->path.size();
  job.epoch = epoch;
  job.from_step = static_cast<std::uint64_t>(books_.ledger().find(job.id)->checkpoint_step);
  job.started = now;
  job.next_seq.assign(hops + 1, 0);
  job.open.assign(hops, 0);
  job.rhythm.assign(hops, {});
  job.results.clear();
  job.result_bytes = 0;
  Packet request = std::exchange(job.request, {});
  if (request.header.type.empty()) {
    try {
      request = books_.journal().request(job.id);
    } catch (const executor::Error& error) {
      return fail(job, {error.code(), "gateway", job.id, error.what(), error.hint()});
    }
  }
  if (!job.is_call()) jobs_.hold(job.id, bytes_of(request));  // read from disk for this attempt
  enqueue(job, 0, 0, std::move(request), true, now);
}

void RouteRunner::enqueue(OpenJob& job, std::size_t hop, std::uint64_t source, Packet&& packet,
                          bool last, Time now) {
  const std::size_t stage = job.route->path[hop];
  const auto given_up = replicas_[stage].given_up();
  if (given_up && !jobs_.outlasts(job)) {
    return fail(job,
                {"unavailable", flow_.stages[stage].name, job.id,
                 "the stage is given up: " + *given_up, "mend the cause and start the flow again"});
  }
  schemas::Header& header = packet.header;
  address(header, job, hop);
  header.id = ++last_task_;
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
  work.queued = now;
  work.bytes = bytes_of(packet);
  work.packet = std::move(packet);
  set_company(work, flow_.stages[stage], job.durable);
  queues_[stage].push(std::move(work));
}

bool RouteRunner::deliver(std::size_t stage, const Dispatch::Load& load, Time now) {
  executor::fault_point("gateway.deliver");
  std::size_t left = load.tasks.size();
  for (Task* work : load.tasks) {
    schemas::Header& header = work->packet.header;
    header.batch = --left;
    if (OpenJob* job = jobs_.find(work->job)) {
      job->took_part.emplace(stage, load.worker->peer);
      header.deadline_ms = job->time_left_ms(now);
    }
    if (!send_(load.worker->peer, work->packet)) return false;
    if (load.worker->state == WorkerState::trial) continue;  // another may have to do it again
    work->packet.body = {};
    work->packet.blobs.clear();
  }
  return true;
}

void RouteRunner::emitted(Worker& worker, Packet&& packet, Time now) {
  const auto found = worker.in_flight.find(packet.header.id);
  if (found == worker.in_flight.end()) return;
  executor::fault_point("gateway.emit");
  Task& work = found->second;
  const std::uint64_t id = work.id;
  const bool ends_work = packet.header.last;
  ++work.emitted;
  work.emitted_bytes += bytes_of(packet);
  if (OpenJob* job = jobs_.running(work.job, work.epoch)) {
    const bool last = work.packet.header.last && ends_work;
    if (work.hop + 1 < job->route->path.size()) {
      enqueue(*job, work.hop + 1, id, std::move(packet), last, now);
    } else {
      packet.header.last = last;
      answer(*job, packet);
    }
  }
  if (ends_work) completed(worker, id, now);
}

void RouteRunner::completed(Worker& worker, std::uint64_t id, Time now) {
  const auto found = worker.in_flight.find(id);
  if (found == worker.in_flight.end()) return;
  const Task work = std::move(found->second);
  worker.in_flight.erase(found);
  ++worker.credit;
  note_done(worker, work, now);
  OpenJob* job = jobs_.running(work.job, work.epoch);
  if (job == nullptr) return;
  acknowledge(*job, work);
  if (work.hop == 0) jobs_.release(*job);  // the first stage has taken in the request
  ++job->rhythm[work.hop].done;
  auto& open = job->open;
  --open[work.hop];
  const bool over = std::all_of(open.begin(), open.end(), [](std::size_t n) { return n == 0; });
  if (over) books_.note({JobEvent::Type::finish, work.job, {}, work.epoch}, job->results);
}

// Tells the stage whose stream this work belongs to that its window has room again.
void RouteRunner::acknowledge(const OpenJob& job, const Task& work) {
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
    send_(worker.peer, {header, {}, {}});
  }
}

void RouteRunner::failed(const Task& task, schemas::Fault fault) {
  fault.job = task.job;
  const OpenJob* job = jobs_.running(task.job, task.epoch);
  if (job != nullptr && !(stopping_ && job->durable)) fail(*job, std::move(fault));
}

// What a called route does is the caller's progress.
void RouteRunner::progressed(const Stage& stage, const Packet& packet, Time now) {
  const OpenJob* const job = jobs_.running(packet.header.job, packet.header.epoch);
  const OpenJob* told = job;
  while (told != nullptr && told->is_call()) {
    told = jobs_.running(told->asker.parent, told->asker.parent_epoch);
  }
  if (told == nullptr) return;
  try {
    auto progress = schemas::unpack<schemas::Progress>(packet.body.view());
    executor::fault_point("gateway.progress");
    progress.stage = stage.name;
    if (told != job) progress.checkpoint_step = 0;
    books_.progress(told->id, told->epoch, progress, now);
    schemas::Header header;
    header.kind = Kind::progress;
    header.job = told->id;
    tell_clients(*told, packet_of(header, schemas::Message::of(progress, packet.blobs)));
  } catch (const schemas::CodecError&) {
    return;  // the job itself is not hurt by a progress that cannot be shown
  }
}

bool RouteRunner::needs(const OpenJob& job, std::size_t stage, const std::string& peer) const {
  for (const std::size_t hop : queues_[stage].bound_hops(job.id, peer)) {
    for (std::size_t before = 0; before <= hop; ++before) {
      if (job.open[before] > 0) return true;
    }
  }
  return false;
}

void RouteRunner::lost(std::size_t stage, const Worker& worker, const std::string& text) {
  const std::string& name = flow_.stages[stage].name;
  for (const auto& [id, job] : jobs_) {
    if (job.epoch == 0 || (stopping_ && job.durable) || !needs(job, stage, worker.peer)) continue;
    books_.note(
        {.type = JobEvent::Type::lose,
         .job = id,
         .fault = {"stage_died", name, id,
                   "the stage '" + name + "' (process " + std::to_string(worker.pid) + ") " + text,
                   "send the request again: the stage is being restarted; its log tells more"},
         .epoch = job.epoch,
         .who = name,
         .to_blame = !only_waited(worker, id)});
  }
}

void RouteRunner::give_up(std::size_t stage, const std::string& why) {
  for (const auto& [id, job] : jobs_) {
    if (job.route == nullptr || jobs_.outlasts(job)) continue;
    const auto& path = job.route->path;
    if (std::find(path.begin(), path.end(), stage) == path.end()) continue;
    fail(job, {"unavailable", flow_.stages[stage].name, id, "the stage is given up: " + why,
               "mend the cause and start the flow again"});
  }
}

void RouteRunner::check_deadlines(Time now) {
  for (const auto& [id, job] : jobs_) {
    if (!job.deadline || now < *job.deadline) continue;
    schemas::Fault late{"timeout", "gateway", id, "the deadline of the request has passed",
                        "give it more time, or ask when the server is less busy"};
    if (const auto away = absence(flow_, replicas_, job)) {
      late.stage = away->stage;
      late.cause += ": " + away->cause;
      late.hint = away->hint;
    }
    fail(job, std::move(late));
  }
}

void RouteRunner::check_timeouts(const Stage& stage, const Worker& worker, Time now) {
  if (stage.timeout_ms == 0) return;
  for (const auto& [id, work] : worker.in_flight) {
    if (now - work.sent <= std::chrono::milliseconds(stage.timeout_ms)) continue;
    const OpenJob* job = jobs_.running(work.job, work.epoch);
    if (job == nullptr) continue;
    fail(*job, {"timeout", stage.name, work.job,
                "one message took longer than " + std::to_string(stage.timeout_ms) + " ms",
                "raise `timeout` of this executor in the flow file, or ask for less"});
  }
}

}  // namespace flow
