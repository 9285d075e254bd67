// What the gateway does with jobs as the ledger says.
#include <algorithm>
#include <limits>

#include "executor/error.h"
#include "executor/fault_point.h"
#include "flow/gateway/gateway.h"
#include "flow/gateway/job_packets.h"

namespace flow {
namespace {

constexpr std::uint64_t kMaxDeadline_ms = 24ull * 60 * 60 * 1000;
constexpr double kNewestWeight = 0.3;  // of the latest job in the mean duration

}  // namespace

using executor::bytes_of;
using executor::Packet;
using executor::packet_of;
using schemas::Kind;

std::string Gateway::open_job(const Route& route, Packet request, const std::string& owner,
                              Asker asker, const Watcher& watcher, bool durable) {
  executor::fault_point("gateway.request");
  JobRecord record{.id = port_.new_job_id()};
  record.owner = owner;
  record.endpoint = route.endpoint;
  auto serial = serial_key(route.serial, request.body.view(), route.endpoint, owner);
  record.serial_key = std::move(serial.text);
  record.shared = serial.shared;
  record.key = request.header.key;
  record.call = !asker.parent.empty();
  record.durable = !record.call && (durable || route.durable || !record.key.empty());
  if (!record.key.empty()) record.digest = digest(request);
  record.created_ms = port_.wall_ms();
  Job job;
  job.id = record.id;
  job.owner = owner;
  job.route = &route;
  job.durable = record.durable;
  if (asker.parent.empty()) {
    clients_.open(job.id, owner);
    clients_.join(job.id, watcher);
  }
  if (const auto left_ms = request.header.deadline_ms; left_ms > 0 && !job.durable) {
    job.deadline = now_ + std::chrono::milliseconds(std::min(left_ms, kMaxDeadline_ms));
  }
  job.asker = std::move(asker);
  if (!record.key.empty()) job.request_bytes = bytes_of(request);
  job.request = std::move(request);
  const std::string id = job.id;
  const Job& open = jobs_.emplace(id, std::move(job)).first->second;
  books_.accept(std::move(record), open.request);
  settle();
  return id;
}

void Gateway::recover() {
  for (const auto& record : books_.restore()) {
    if (!record.is_open()) continue;
    Job job;
    job.id = record.id;
    job.owner = record.owner;
    job.route = flow_.find_route(record.endpoint);
    job.durable = true;
    job.acknowledged = true;
    clients_.open(job.id, job.owner);
    if (job.route == nullptr) {
      fail(job, {"bad_config", "gateway", job.id,
                 "the flow has no endpoint " + record.endpoint + " any more",
                 "start the flow file that the job was made for, and retry it"});
    }
    jobs_.emplace(record.id, std::move(job));
  }
  settle();
}

Gateway::Job* Gateway::running(const std::string& id, std::uint64_t epoch) {
  const auto found = jobs_.find(id);
  if (found == jobs_.end() || epoch == 0 || found->second.epoch != epoch) return nullptr;
  return books_.ledger().is_running(id, epoch) ? &found->second : nullptr;
}

void Gateway::start(Job& job, const JobAction& action) {
  if (!books_.ledger().is_running(job.id, action.epoch)) return;  // cancelled or paused meanwhile
  job.epoch = action.epoch;
  job.from_step = static_cast<std::uint64_t>(books_.ledger().find(job.id)->checkpoint_step);
  job.started = now_;
  job.next_seq.assign(job.route->path.size() + 1, 0);
  job.open.assign(job.route->path.size(), 0);
  job.rhythm.assign(job.route->path.size(), {});
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
  enqueue(job, 0, 0, std::move(request), true);
}

// The attempt is over, the job is not: what is left of it must not disturb the next one.
void Gateway::interrupt(const JobAction& action) {
  Job& job = jobs_.at(action.job);
  job.epoch = 0;
  queues_.forget(job.id);
  for (const auto& [stage, peer] : job.took_part) {
    port_.send(peer, ended_packet(job.id, 0, action.epoch, {"interrupted", {}}));
  }
  for (const auto& child : std::exchange(job.children, {})) {
    books_.cancel(child, "the asking job was interrupted");
  }
}

// Whether the process waits for this job, because it called for it or for one that did.
bool Gateway::waits_for(const std::string& peer, const std::string& id) const {
  auto job = jobs_.find(id);
  while (job != jobs_.end() && !job->second.asker.parent.empty()) {
    if (job->second.asker.peer == peer) return true;
    job = jobs_.find(job->second.asker.parent);
  }
  return false;
}

// At least 1 as long as there is a deadline: 0 stands for none.
std::uint64_t Gateway::time_left_ms(const Job& job) const {
  if (!job.deadline) return 0;
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(*job.deadline - now_).count();
  return static_cast<std::uint64_t>(std::max<std::int64_t>(left, 1));
}

void Gateway::accepted(Job& job) {
  job.acknowledged = true;
  if (job.asker.parent.empty()) {
    clients_.accepted(job.id, books_.ledger().before(job.id).size());
  }
  // A durable job that waits for its turn reads its request back then: pictures are large.
  const JobRecord* record = books_.ledger().find(job.id);
  const bool waits = record == nullptr || record->state != JobState::running;
  if (job.durable && waits) job.request = {};
}

void Gateway::answer(Job& job, const Packet& packet) {
  if (!job.asker.parent.empty()) {
    if (!job.answer.header.type.empty()) {
      fail(job, {"protocol", "gateway", job.id, "a called route answered twice",
                 "call only routes that answer with one message"});
    }
    job.answer = packet;
    return;
  }
  Packet result = result_packet(job.id, job.next_seq.back()++, packet.header.last, packet);
  if (!job.durable) return tell_watchers(job, std::move(result));
  job.result_bytes += bytes_of(result);
  if (job.result_bytes > kMaxResultBytes) {
    return fail(job, {"bad_input", "gateway", job.id,
                      "a job with a key or on a durable route answers with at most 256 MiB",
                      "ask for less at once"});
  }
  job.results.push_back(std::move(result));
}

// A durable job goes on without its client; others have no reader left.
void Gateway::tell_watchers(Job& job, Packet packet) {
  if (!job.asker.parent.empty()) return;
  const bool heard = clients_.tell_all(job.id, std::move(packet));
  if (!heard && !job.durable) books_.cancel(job.id, "the client is gone");
}

// Whoever worked on a call is gone: the durable job that needs its answer is tried again, as when
// one of its own stages is gone.
bool Gateway::lose_asker(const Job& job, const JobRecord& record) {
  if (record.fault.code != "stage_died") return false;
  const Job* asker = running(job.asker.parent, job.asker.parent_epoch);
  if (asker == nullptr || !asker->durable) return false;
  if (stopping_) return true;  // the next start tries again
  books_.note({JobEvent::Type::lose, asker->id, record.fault, asker->epoch, record.fault.stage});
  return true;
}

void Gateway::tell_asker(const Job& job, const JobRecord& record) {
  if (lose_asker(job, record)) return;
  schemas::Header header;
  header.id = job.asker.id;
  header.job = job.asker.parent;
  schemas::Fault fault = record.fault;
  if (record.state == JobState::done && job.answer.header.type.empty()) {
    fault = {"protocol", "gateway", job.id, "the called route answered nothing", ""};
  }
  if (fault.code.empty()) {
    header.kind = Kind::reply;
    header.type = job.answer.header.type;
    port_.send(job.asker.peer, {header, job.answer.body, job.answer.blobs});
  } else {
    header.kind = Kind::failed;
    port_.send(job.asker.peer, packet_of(header, schemas::Message::of(fault)));
  }
}

// A stage has nothing left of a job that is done with one message a stage: it is told only if its
// executor wants to know. Instead of a process that is gone, those of its stage are told: at their
// start the job may have been open, and they keep what lies on disk for it.
void Gateway::tell_stages(const Job& job, const schemas::Ended& ended) {
  const bool is_gone = ended.outcome == name_of(JobState::done) &&
                       std::all_of(job.next_seq.begin(), job.next_seq.end(),
                                   [](std::uint64_t messages) { return messages <= 1; });
  const auto all_epochs = std::numeric_limits<std::uint64_t>::max();
  for (const auto& [stage, peer] : job.took_part) {
    const bool is_here = queues_[stage].find(peer) != nullptr;
    for (const auto& worker : queues_[stage].workers()) {
      if ((is_here && worker.peer != peer) || (is_gone && !worker.hears_end)) continue;
      port_.send(worker.peer, ended_packet(job.id, 0, all_epochs, ended));
    }
  }
}

void Gateway::end(const JobAction& action) {
  executor::fault_point("gateway.end");
  const auto found = jobs_.find(action.job);
  Job job = std::move(found->second);
  jobs_.erase(found);
  const JobRecord& record = *action.ended;
  const schemas::Ended ended{name_of(record.state), record.fault};
  record.state == JobState::done ? queues_.unbind(job.id) : queues_.forget(job.id);
  for (const auto& child : job.children) books_.cancel(child, "the asking job has ended");
  if (!job.asker.parent.empty()) {
    tell_asker(job, record);
    return tell_stages(job, ended);
  }
  clients_.end(job.id, job.results, ended);
  executor::fault_point("gateway.answered");
  tell_stages(job, ended);  // after the client, who waits
  // Of one that was taken up again only the last part was seen.
  if (record.state != JobState::done || record.epoch > 1) return;
  const double took_s = std::chrono::duration<double>(now_ - job.started).count();
  const auto [mean, first] = mean_s_.try_emplace(record.endpoint, took_s);
  if (!first) mean->second += kNewestWeight * (took_s - mean->second);
}

void Gateway::fail(const Job& job, schemas::Fault fault) {
  books_.fail(job.id, job.epoch, std::move(fault));
}

void Gateway::settle() {
  while (const auto action = books_.next()) perform(*action);
}

void Gateway::perform(const JobAction& action) {
  const auto job = jobs_.find(action.job);
  if (job == jobs_.end()) return;  // cancelled before it began
  switch (action.type) {
    case JobAction::Type::accepted: return accepted(job->second);
    case JobAction::Type::stop: return interrupt(action);
    case JobAction::Type::start: return start(job->second, action);
    case JobAction::Type::end: return end(action);
    default: return;
  }
}

}  // namespace flow
