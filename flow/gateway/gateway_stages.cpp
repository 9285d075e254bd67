// What stages send, and what they fail to send.
#include <algorithm>

#include "executor/error.h"
#include "flow/gateway/gateway.h"
#include "flow/gateway/rate_limited.h"
#include "schemas/words.h"

namespace flow {
namespace {

// A stage speaks for the jobs that it has in hand, and for no other.
bool works_on(const Worker& worker, const schemas::Header& header) {
  return std::any_of(worker.in_flight.begin(), worker.in_flight.end(), [&](const auto& each) {
    return each.second.job == header.job && each.second.epoch == header.epoch;
  });
}

std::uint64_t most_credit(const Stage& stage) {
  return std::max(Gateway::kMaxCredit, std::uint64_t{2} * stage.batch.size);
}

schemas::Fault fault_in(const executor::Packet& packet) {
  try {
    return schemas::unpack<schemas::Fault>(packet.body.view());
  } catch (const schemas::CodecError& error) {
    return {"internal", "", "", error.what(), ""};
  }
}

// The stage so many places before that of the task, in its job's route.
std::optional<std::size_t> stage_before(const OpenJob* job, const Task& task,
                                        std::uint64_t places) {
  if (job == nullptr || places == 0 || places > task.hop) return std::nullopt;
  return job->route->path[task.hop - places];
}

}  // namespace

using executor::Error;
using executor::Packet;
using schemas::Kind;

void Gateway::on_stage(std::size_t stage, const std::string& peer, Packet packet) {
  Worker& worker = *queues_[stage].find(peer);
  const schemas::Header& header = packet.header;
  const std::string& name = flow_.stages[stage].name;
  const auto rhythm = [&](auto work) {
    return work == worker.in_flight.end() ? nullptr : jobs_.rhythm_of(work->second);
  };
  note_sign(worker, rhythm(worker.in_flight.begin()), now_);
  worker.last_heard = now_;
  note_announced(worker, header, rhythm(worker.in_flight.find(header.id)));
  switch (header.kind) {
    case Kind::emit: return on_emit(stage, worker, std::move(packet));
    case Kind::done: return runner_.completed(worker, header.id, now_);
    case Kind::failed: return on_failed(stage, worker, packet);
    case Kind::progress:
      if (works_on(worker, header)) runner_.progressed(flow_.stages[stage], packet, now_);
      return;
    case Kind::call:
      if (works_on(worker, header)) return calls_.call(worker, std::move(packet), name, now_);
      return calls_.refuse(worker, header, name);
    case Kind::loading: worker.text = std::string(packet.body.view().substr(0, 256)); return;
    case Kind::ready:
      worker.ready = true;
      worker.credit = std::min(header.count, most_credit(flow_.stages[stage]));
      worker.text.clear();
      return replicas_[stage].ready(worker.replica, now_);
    case Kind::bye: return workforce_.lose(stage, peer, "left");
    default: return;  // a beat, or a kind of a later version
  }
}

void Gateway::on_failed(std::size_t stage, Worker& worker, const Packet& packet) {
  schemas::Fault fault = fault_in(packet);
  fault.stage = flow_.stages[stage].name;
  if (packet.header.id == 0) {  // its executor could not be constructed; the process ends now
    return replicas_[stage].start_failed(
        worker.replica, fault.cause + (fault.hint.empty() ? "" : " (" + fault.hint + ")"));
  }
  const auto found = worker.in_flight.find(packet.header.id);
  if (found == worker.in_flight.end()) return;
  const Task& task = found->second;
  if (worker.state == WorkerState::trial && fault.code == "internal" && can_repeat(task)) {
    return workforce_.follow(
        stage, replicas_[stage].failed("it failed at its first messages: " + fault.cause));
  }
  if (const auto sender =
          stage_before(jobs_.running(task.job, task.epoch), task, packet.header.count)) {
    fault.cause = "'" + fault.stage + "' cannot read what it sent: " + fault.cause;
    fault.stage = flow_.stages[*sender].name;
  }
  runner_.failed(task, std::move(fault));
  runner_.completed(worker, packet.header.id, now_);
}

void Gateway::on_emit(std::size_t stage, Worker& worker, Packet&& packet) {
  const auto found = worker.in_flight.find(packet.header.id);
  if (found == worker.in_flight.end()) return;
  const Task& task = found->second;
  try {
    rights_.check_answer(worker, task, packet);
  } catch (const Error& error) {
    rights_.note_refused(
        worker, "answer " + schemas::quoted(packet.header.type) + " of " + flow_.stages[stage].name,
        error);
    runner_.failed(task, fault_of(error, flow_.stages[stage].name));
    return runner_.completed(worker, packet.header.id, now_);
  }
  runner_.emitted(worker, std::move(packet), now_);
}

}  // namespace flow
