#include "executor/describe.h"
#include "schemas/text.h"
#include "tests/flow/gateway/simulation.h"

namespace flow_test {

using executor::Packet;
using schemas::Header;
using schemas::Kind;

Packet with_text(Packet packet, const std::string& text) {
  return executor::packet_of(packet.header, schemas::Message::of(schemas::Text{text}));
}

std::string text_in(const Packet& packet) {
  return schemas::unpack<schemas::Text>(packet.body.view()).text;
}

std::uint64_t after_step(std::uint64_t state, std::int64_t step) {
  return (state ^ static_cast<std::uint64_t>(step + 1)) * 0x100000001b3u;
}

std::uint64_t unbroken() {
  std::uint64_t state = 1;
  for (std::int64_t step = 0; step < kSimulatedSteps; ++step) state = after_step(state, step);
  return state;
}

SimulatedStage::SimulatedStage(std::size_t index_in, std::string peer_in, Disk& disk,
                               const executor::Plugin& plugin)
    : peer(std::move(peer_in)), index(index_in), disk_(disk), plugin_(executor::to_json(plugin)) {}

Packet SimulatedStage::reply(Kind kind, const Packet& work) {
  Header header;
  header.kind = kind;
  header.id = work.header.id;
  header.job = work.header.job;
  header.epoch = work.header.epoch;
  return {header, {}, {}};
}

bool SimulatedStage::over(const Packet& work) const {
  const auto found = over_.find(work.header.job);
  return found != over_.end() && work.header.epoch <= found->second;
}

void SimulatedStage::receive(const Packet& packet) {
  const Header& header = packet.header;
  if (header.kind == Kind::work) inbox_.push_back(packet);
  if (header.kind == Kind::ack) acked_[header.id] = header.count;
  if (header.kind != Kind::ended) return;
  over_[header.job] = std::max(over_[header.job], header.epoch);
  const auto outcome = schemas::unpack<schemas::Ended>(packet.body.view()).outcome;
  if (index != 1) return;
  const auto training = training_.find(header.job);
  if (training != training_.end() && training->second.epoch <= header.epoch)
    training_.erase(training);
  if (outcome != "interrupted") disk_.checkpoints.erase(header.job);
}

void SimulatedStage::act(std::deque<Packet>& out) {
  if (hangs) return;
  if (!said_hello_) {
    said_hello_ = true;
    Packet hello;
    hello.header.kind = Kind::hello;
    const char* const names[] = {"sampler", "trainer", "publisher"};
    out.push_back(executor::packet_of(
        hello.header, schemas::Message::of(schemas::Hello{names[index], 0, 1, plugin_})));
    Packet ready;
    ready.header.kind = Kind::ready;
    ready.header.count = 2;
    out.push_back(ready);
    return;
  }
  if (streaming_) return sample(out);
  if (inbox_.empty()) {
    Packet beat;
    beat.header.kind = Kind::beat;
    if (out.empty()) out.push_back(beat);
    return;
  }
  const Packet work = inbox_.front();
  inbox_.pop_front();
  if (over(work)) {
    out.push_back(reply(Kind::done, work));
    return;
  }
  begin(work, out);
}

void SimulatedStage::begin(const Packet& work, std::deque<Packet>& out) {
  if (index == 1) return train(work, out);
  if (index == 2) return publish(work, out);
  streaming_ = work;
  next_step_ = static_cast<std::int64_t>(work.header.from_step);
  sent_ = 0;
}

void SimulatedStage::sample(std::deque<Packet>& out) {
  if (over(*streaming_)) {
    out.push_back(reply(Kind::failed, *streaming_));
    out.back() = executor::packet_of(
        out.back().header, schemas::Message::of(schemas::Fault{"cancelled", "", "", "c", ""}));
    streaming_.reset();
    return;
  }
  if (sent_ - acked_[streaming_->header.id] >= streaming_->header.count)
    return;  // the window is full
  Packet emit = reply(Kind::emit, *streaming_);
  emit.header.type = "text.v1";
  emit.header.seq = sent_++;
  emit.header.last = next_step_ + 1 == kSimulatedSteps;
  out.push_back(with_text(emit, std::to_string(next_step_++)));
  if (emit.header.last) streaming_.reset();
}

void SimulatedStage::train(const Packet& work, std::deque<Packet>& out) {
  const std::string& job = work.header.job;
  Training& training = training_[job];
  if (work.header.epoch > training.epoch || training.epoch == 0) {
    training = {work.header.epoch, 0, {0, 1}, 0};
    const auto saved = disk_.checkpoints.find(job);
    if (work.header.epoch > 1 && saved != disk_.checkpoints.end()) training.at = saved->second;
    training.saved = training.at.step;
    if (training.at.step < static_cast<std::int64_t>(work.header.from_step)) {
      out.push_back(executor::packet_of(
          reply(Kind::failed, work).header,
          schemas::Message::of(schemas::Fault{"no_checkpoint", "", "", "lost", ""})));
      return;
    }
  }
  if (work.header.seq != training.next_seq++) {
    out.push_back(executor::packet_of(
        reply(Kind::failed, work).header,
        schemas::Message::of(schemas::Fault{"protocol", "", "", "another seq", ""})));
    return;
  }
  const std::int64_t step = std::stoll(text_in(work));
  if (step >= training.at.step) {
    training.at = {step + 1, after_step(training.at.state, step)};
    if (training.at.step % kSimulatedCheckpoint == 0 && training.at.step < kSimulatedSteps) {
      disk_.checkpoints[job] = training.at;
      training.saved = training.at.step;
    }
  }
  Packet progress = reply(Kind::progress, work);
  out.push_back(executor::packet_of(
      progress.header,
      schemas::Message::of(schemas::Progress{
          .step = training.at.step, .total = kSimulatedSteps, .checkpoint_step = training.saved})));
  if (!work.header.last) {
    out.push_back(reply(Kind::done, work));
    return;
  }
  Packet emit = reply(Kind::emit, work);
  emit.header.type = "text.v1";
  emit.header.last = true;
  out.push_back(with_text(emit, std::to_string(training.at.state)));
}

void SimulatedStage::publish(const Packet& work, std::deque<Packet>& out) {
  const std::string& job = work.header.job;
  std::uint64_t& highest = disk_.highest_epoch[job];
  if (work.header.epoch < highest) {
    out.push_back(executor::packet_of(
        reply(Kind::failed, work).header,
        schemas::Message::of(schemas::Fault{"protocol", "", "", "an older attempt", ""})));
    return;
  }
  highest = work.header.epoch;
  auto& published = disk_.published[job];
  if (published.empty()) published.push_back(std::stoull(text_in(work)));
  Packet emit = reply(Kind::emit, work);
  emit.header.type = "text.v1";
  emit.header.last = true;
  out.push_back(with_text(emit, std::to_string(published.front())));
}

}  // namespace flow_test
