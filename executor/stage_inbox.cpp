#include "executor/stage_inbox.h"

#include <algorithm>

#include "schemas/fault.h"

namespace executor {
namespace {

using schemas::Kind;

std::optional<Outcome> outcome_of(const std::string& text) {
  if (text == "interrupted") return std::nullopt;
  if (text == "done") return Outcome::done;
  return text == "cancelled" ? Outcome::cancelled : Outcome::failed;
}

Packet failed_reply(std::uint64_t call, const Error& error) {
  schemas::Header header;
  header.kind = Kind::failed;
  header.id = call;
  schemas::Fault fault;
  fault.code = "internal";
  fault.cause = error.what();
  return packet_of(header, schemas::Message::of(fault));
}

}  // namespace

void StageInbox::put(Arrival arrival, Time now) {
  const schemas::Header& header = arrival.packet.header;
  switch (header.kind) {
    case Kind::work: return put_task(std::move(arrival), now);
    case Kind::reply:
    case Kind::failed: return put_reply(std::move(arrival));
    case Kind::ack: return note_acked(header);
    case Kind::ended: return note_ended(arrival.packet);
    case Kind::welcome: return note_welcome(arrival.packet);
    case Kind::refused: return note_refused(arrival.packet);
    default: return;  // a beat, or a kind of a later version
  }
}

void StageInbox::put_task(Arrival arrival, Time now) {
  StageTask task{std::move(arrival.packet), {}, std::move(arrival.lost)};
  const auto left_ms = task.packet.header.deadline_ms;
  if (left_ms > 0) task.due = now + std::chrono::milliseconds(left_ms);
  tasks_.push_back(std::move(task));
}

void StageInbox::put_reply(Arrival arrival) {
  const std::uint64_t call = arrival.packet.header.id;
  replies_[call] = arrival.lost ? failed_reply(call, *arrival.lost) : std::move(arrival.packet);
}

void StageInbox::note_ended(const Packet& packet) {
  const auto body = schemas::unpack<schemas::Ended>(packet.body.view());
  std::uint64_t& epoch = over_[packet.header.job];
  epoch = std::max(epoch, packet.header.epoch);
  ended_.push_back({packet.header.job, outcome_of(body.outcome)});
}

void StageInbox::note_refused(const Packet& packet) {
  unknown_ = true;
  why_unknown_ = {};
  try {
    why_unknown_ = schemas::unpack<schemas::Fault>(packet.body.view());
  } catch (const schemas::CodecError&) {
    // Refused all the same.
  }
}

void StageInbox::note_acked(const schemas::Header& header) {
  const auto open = acked_.find(header.id);
  if (open != acked_.end()) open->second = {header.count, header.bytes};
}

// The former gateway may have told of ends that it never wrote down.
void StageInbox::note_welcome(const Packet& packet) {
  welcome_ = schemas::unpack<schemas::Welcome>(packet.body.view());
  unknown_ = false;
  tasks_.clear();
  over_.clear();
}

StageTask StageInbox::next_task() {
  StageTask task = std::move(tasks_.front());
  tasks_.pop_front();
  const schemas::Header& header = task.packet.header;
  task.is_over = is_over(header.job, header.epoch);
  if (task.is_over) forget_over(header.job);
  return task;
}

std::optional<StageInbox::Ended> StageInbox::next_ended() {
  if (ended_.empty()) return std::nullopt;
  Ended ended = std::move(ended_.front());
  ended_.pop_front();
  forget_over(ended.job);
  return ended;
}

// Unless something here still asks for it.
void StageInbox::forget_over(const std::string& job) {
  const bool has_task = std::any_of(tasks_.begin(), tasks_.end(), [&](const StageTask& task) {
    return task.packet.header.job == job && is_over(job, task.packet.header.epoch);
  });
  const bool has_end = std::any_of(ended_.begin(), ended_.end(),
                                   [&](const Ended& ended) { return ended.job == job; });
  if (!has_task && !has_end) over_.erase(job);
}

bool StageInbox::is_over(const std::string& job, std::uint64_t epoch) const {
  const auto found = over_.find(job);
  return found != over_.end() && epoch <= found->second;
}

std::optional<Packet> StageInbox::take_reply(std::uint64_t call) {
  auto reply = replies_.extract(call);
  if (reply.empty()) return std::nullopt;
  return std::move(reply.mapped());
}

StageInbox::Acked StageInbox::acked(std::uint64_t task) const {
  const auto found = acked_.find(task);
  return found == acked_.end() ? Acked{} : found->second;
}

std::optional<schemas::Welcome> StageInbox::take_welcome() {
  return std::exchange(welcome_, std::nullopt);
}

}  // namespace executor
