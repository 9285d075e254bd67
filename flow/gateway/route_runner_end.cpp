// A job's beginning and end, as the books say: who hears of it.
#include <algorithm>
#include <limits>

#include "executor/fault_point.h"
#include "flow/gateway/job_packets.h"
#include "flow/gateway/route_runner.h"
#include "flow/gateway/welcome.h"

namespace flow {

using executor::bytes_of;
using executor::Packet;
using executor::packet_of;
using schemas::Kind;

namespace {

constexpr auto kAllEpochs = std::numeric_limits<std::uint64_t>::max();

}  // namespace

void RouteRunner::perform(const JobAction& action, Time now) {
  if (action.type == JobAction::Type::let_go) return let_go(*action.ended);
  OpenJob* job = jobs_.find(action.job);
  if (job == nullptr) return;  // cancelled before it began
  switch (action.type) {
    case JobAction::Type::accepted: return accepted(*job);
    case JobAction::Type::stop: return interrupt(*job, action.epoch);
    case JobAction::Type::start: return start(*job, action.epoch, now);
    case JobAction::Type::end: return end(*action.ended, now);
    default: return;
  }
}

void RouteRunner::accepted(OpenJob& job) {
  job.acknowledged = true;
  if (!job.is_call()) clients_.accepted(job.id, books_.ledger().before(job.id).size());
  // A durable job that waits for its turn reads its request back then: pictures are large.
  const JobRecord* record = books_.ledger().find(job.id);
  const bool waits = record == nullptr || record->state != JobState::running;
  if (!job.durable || !waits) return;
  job.request = {};
  jobs_.release(job);
}

// The attempt is over, the job is not: what is left of it must not disturb the next one.
void RouteRunner::interrupt(OpenJob& job, std::uint64_t epoch) {
  job.epoch = 0;
  jobs_.release(job);
  queues_.forget(job.id);
  for (const auto& [stage, peer] : job.took_part) {
    if (!peer.empty()) send_(peer, ended_packet(job.id, 0, epoch, {"interrupted", {}}));
  }
  for (const auto& child : std::exchange(job.children, {})) {
    books_.cancel(child, "the asking job was interrupted");
  }
}

void RouteRunner::answer(OpenJob& job, const Packet& packet) {
  if (job.is_call()) {
    if (!job.answer.header.type.empty()) {
      fail(job, {"protocol", "gateway", job.id, "a called route answered twice",
                 "call only routes that answer with one message"});
    }
    job.answer = packet;
    return;
  }
  Packet result = result_packet(job.id, job.next_seq.back()++, packet.header.last, packet);
  if (!job.durable) return tell_clients(job, std::move(result));
  job.result_bytes += bytes_of(result);
  if (job.result_bytes > kMaxResultBytes) {
    return fail(job, {"bad_input", "gateway", job.id,
                      "a job with a key or on a durable route answers with at most 256 MiB",
                      "ask for less at once"});
  }
  job.results.push_back(std::move(result));
}

// A durable job goes on without its client; others have no reader left.
void RouteRunner::tell_clients(const OpenJob& job, Packet packet) {
  const bool heard = clients_.tell_all(job.id, std::move(packet));
  if (!heard && !job.durable) books_.cancel(job.id, "the client is gone");
}

// Whoever worked on a call is gone: the durable job that needs its answer is tried again, as when
// one of its own stages is gone.
bool RouteRunner::lose_asker(const OpenJob& job, const JobRecord& record) {
  if (record.fault.code != "stage_died") return false;
  const OpenJob* asker = jobs_.running(job.asker.parent, job.asker.parent_epoch);
  if (asker == nullptr || !asker->durable) return false;
  if (stopping_) return true;  // the next start tries again
  books_.note({JobEvent::Type::lose, asker->id, record.fault, asker->epoch, record.fault.stage});
  return true;
}

void RouteRunner::tell_asker(const OpenJob& job, const JobRecord& record) {
  if (lose_asker(job, record)) return;
  schemas::Fault fault = record.fault;
  if (record.state == JobState::done && job.answer.header.type.empty()) {
    fault = {"protocol", "gateway", job.id, "the called route answered nothing", ""};
  }
  if (fault.code.empty()) {
    replies_.reply(job.asker, job.answer);
  } else {
    replies_.fail(job.asker, fault);
  }
}

// A stage has nothing left of a job that is done with one message a stage: it is told only if its
// executor wants to know. Instead of a process that is gone, those of its stage are told: at their
// start the job may have been open, and they keep what lies on disk for it.
void RouteRunner::tell_stages(const OpenJob& job, const schemas::Ended& ended,
                              std::uint64_t epoch) {
  const bool is_gone = ended.outcome == name_of(JobState::done) &&
                       std::all_of(job.next_seq.begin(), job.next_seq.end(),
                                   [](std::uint64_t messages) { return messages <= 1; });
  for (const auto& [stage, peer] : job.took_part) {
    const bool is_here = queues_[stage].find(peer) != nullptr;
    for (const auto& worker : queues_[stage].workers()) {
      if ((is_here && worker.peer != peer) || (is_gone && !worker.hears_end)) continue;
      send_(worker.peer, ended_packet(job.id, 0, epoch, ended));
    }
  }
}

void RouteRunner::end(const JobRecord& record, Time now) {
  executor::fault_point("gateway.end");
  const OpenJob job = jobs_.take(record.id);
  const schemas::Ended ended{name_of(record.state), record.fault};
  record.state == JobState::done ? queues_.unbind(job.id) : queues_.forget(job.id);
  for (const auto& child : job.children) books_.cancel(child, "the asking job has ended");
  if (job.is_call()) {
    tell_asker(job, record);
    return tell_stages(job, ended, kAllEpochs);
  }
  clients_.end(job.id, job.results, ended);
  executor::fault_point("gateway.answered");
  // After the client, who waits. What a retry goes on from stays where it is.
  if (record.is_kept()) {
    tell_stages(job, {"interrupted", {}}, record.epoch);
  } else {
    tell_stages(job, ended, kAllEpochs);
  }
  estimates_.ended(record, std::chrono::duration<double>(now - job.started).count());
}

void RouteRunner::let_go(const JobRecord& record) {
  const Route* route = flow_.find_route(record.endpoint);
  const schemas::Ended ended{name_of(record.state), record.fault};
  for (std::size_t stage = 0; stage < flow_.stages.size(); ++stage) {
    if (route != nullptr && !takes_part(flow_, *route, stage)) continue;
    for (const auto& worker : queues_[stage].workers()) {
      send_(worker.peer, ended_packet(record.id, 0, kAllEpochs, ended));
    }
  }
}

void RouteRunner::stop() {
  stopping_ = true;
  for (const auto& [id, job] : jobs_) {
    if (job.durable) clients_.stopping(id);
  }
}

}  // namespace flow
