#include "tests/flow/simulation.h"

#include <algorithm>

#include "executor/describe.h"
#include "schemas/text.h"

namespace flow_test {

using executor::Packet;
using schemas::Header;
using schemas::Kind;

namespace {

constexpr const char* kClient = "client";

flow::Flow three_stages() {
  flow::Flow flow;
  flow.name = "simulated";
  for (const char* name : {"sampler", "trainer", "publisher"}) {
    flow::Stage stage;
    stage.name = name;
    stage.plugin.name = name;
    stage.plugin.handlers = {{"text.v1", {"text.v1"}, true}};
    stage.plugin.silence_ms = 1'000;
    stage.queue_items = 3;
    flow.stages.push_back(stage);
  }
  flow::Route route;
  route.endpoint = "/train";
  route.path = {0, 1, 2};
  route.accepts = route.answers = {"text.v1"};
  route.durable = true;
  route.serial = {"text"};
  flow.routes = {route};
  flow.jobs_per_user = 1'000;
  return flow;
}

Packet with_text(Packet packet, const std::string& text) {
  return executor::packet_of(packet.header, schemas::Message::of(schemas::Text{text}));
}

std::string text_in(const Packet& packet) {
  return schemas::unpack<schemas::Text>(packet.body.view()).text;
}

}  // namespace

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
  if (header.kind == Kind::taken) taken_[header.id] = header.count;
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
  if (sent_ - taken_[streaming_->header.id] >= streaming_->header.count)
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

Simulation::Simulation(unsigned seed)
    : random_(seed), faults_(1 + below(15)), flow_(three_stages()) {
  journal_.at_once = false;
  stages_.resize(flow_.stages.size());
  up_.resize(flow_.stages.size());
  down_.resize(flow_.stages.size());
  start_gateway();
}

void Simulation::start_gateway() {
  flow::GatewayPort port;
  port.send = [this](const std::string& peer, const Packet& packet) {
    if (peer == kClient) {
      to_client(packet);
      return true;
    }
    for (std::size_t i = 0; i < stages_.size(); ++i) {
      if (!stages_[i] || stages_[i]->peer != peer) continue;
      down_[i].push_back(packet);
      return true;
    }
    return false;
  };
  port.kill = [this](std::size_t stage, std::uint32_t) { to_kill_.insert(stage); };
  port.new_job_id = [this] {
    std::string digits = std::to_string(++jobs_);
    return "j-" + std::string(16 - digits.size(), '0') + digits;
  };
  gateway_ = std::make_unique<flow::Gateway>(flow_, port, journal_);
  for (std::size_t i = 0; i < stages_.size(); ++i) start_stage(i);
  ask_again();
}

void Simulation::start_stage(std::size_t index) {
  up_[index].clear();
  down_[index].clear();
  stages_[index] = std::make_unique<SimulatedStage>(index, "stage " + std::to_string(++peers_),
                                                    disk_, flow_.stages[index].plugin);
}

// Of what the process had sent, a first part arrives.
void Simulation::kill_stage(std::size_t index, bool told) {
  if (told) {
    auto left = up_[index];
    left.resize(below(static_cast<std::uint32_t>(left.size()) + 1));
    const std::string peer = stages_[index]->peer;
    for (auto& packet : left) gateway_->on_packet(peer, std::move(packet), now_);
  }
  stages_[index].reset();
  gateway_->on_stage_died(index, 0, "was killed", true);
  start_stage(index);
}

void Simulation::kill_gateway() {
  journal_.commit(below(3));
  journal_.crash();
  gateway_.reset();
  from_client_.clear();
  to_kill_.clear();
  start_gateway();
}

void Simulation::fault() {
  const auto kind = below(10);
  const std::size_t index = below(static_cast<std::uint32_t>(stages_.size()));
  if (kind < 4) {
    kill_stage(index, true);
  } else if (kind < 6) {
    kill_stage(0, true);
    kill_stage(1, true);
  } else if (kind < 8) {
    stages_[index]->hangs = true;
  } else {
    kill_gateway();
  }
}

void Simulation::ask() {
  const auto kind = below(10);
  if (kind < 5 || requests_.empty()) {
    const std::string number = std::to_string(requests_.size());
    requests_.push_back({"key " + number, "target " + std::to_string(below(3)), "", 0, 0, false});
    return ask_again();
  }
  Request& request = requests_[below(static_cast<std::uint32_t>(requests_.size()))];
  if (request.job.empty()) return;
  const char* const actions[] = {"cancel", "pause", "resume", "resume", "show"};
  const std::string action = actions[below(5)];
  request.cancelled |= action == "cancel";
  Header header{.kind = Kind::control, .id = 1'000'000, .owner = "me"};
  from_client_.push_back(
      executor::packet_of(header, schemas::Message::of(schemas::Control{action, request.job})));
}

// As the real client after a silence: the request with its key again.
void Simulation::ask_again() {
  for (std::size_t i = 0; i < requests_.size(); ++i) {
    if (requests_[i].ended > 0) continue;
    Header header{.kind = Kind::request, .id = i + 1, .endpoint = "/train", .owner = "me"};
    header.key = requests_[i].key;
    from_client_.push_back(
        executor::packet_of(header, schemas::Message::of(schemas::Text{requests_[i].text})));
  }
}

void Simulation::to_client(const Packet& packet) {
  const Header& header = packet.header;
  if (header.id == 0 || header.id > requests_.size()) return;
  Request& request = requests_[header.id - 1];
  if (header.kind == Kind::refused) note("a request was refused");
  if (header.kind == Kind::accepted) {
    if (!request.job.empty() && request.job != header.job) note("one key made two jobs");
    request.job = header.job;
    ++request.accepted;
  }
  if (header.kind == Kind::ended) ++request.ended;
  if (header.kind == Kind::result && std::stoull(text_in(packet)) != unbroken()) {
    note("a result differs from that of the unbroken run");
  }
}

void Simulation::deliver_to_gateway() {
  std::vector<std::size_t> ready;
  for (std::size_t i = 0; i < up_.size(); ++i) {
    if (!up_[i].empty()) ready.push_back(i);
  }
  if (ready.empty()) return;
  const std::size_t index = ready[below(static_cast<std::uint32_t>(ready.size()))];
  Packet packet = std::move(up_[index].front());
  up_[index].pop_front();
  gateway_->on_packet(stages_[index]->peer, std::move(packet), now_);
}

void Simulation::deliver_to_stage() {
  const std::size_t index = below(static_cast<std::uint32_t>(down_.size()));
  if (down_[index].empty() || stages_[index]->hangs) return;
  const Packet packet = std::move(down_[index].front());
  down_[index].pop_front();
  stages_[index]->receive(packet);
}

void Simulation::move() {
  switch (below(8)) {
    case 0:
    case 1: return deliver_to_gateway();
    case 2:
    case 3: return deliver_to_stage();
    case 4:
    case 5: {
      const std::size_t index = below(static_cast<std::uint32_t>(stages_.size()));
      return stages_[index]->act(up_[index]);
    }
    case 6:
      if (!from_client_.empty()) {
        Packet packet = std::move(from_client_.front());
        from_client_.pop_front();
        return gateway_->on_packet(kClient, std::move(packet), now_);
      }
      return;
    default:
      if (journal_.busy()) {
        journal_.commit(1 + below(3));
        return gateway_->on_committed();
      }
      now_ += std::chrono::milliseconds(200);
      gateway_->on_tick(now_);
      for (const auto index : std::exchange(to_kill_, {})) kill_stage(index, false);
  }
}

bool Simulation::idle() const {
  return std::all_of(requests_.begin(), requests_.end(),
                     [](const Request& request) { return request.ended > 0; });
}

std::string Simulation::run(int turns) {
  for (int turn = 0; turn < turns; ++turn) {
    if (chance(faults_)) {
      fault();
    } else if (chance(20) && requests_.size() < 12) {
      ask();
    } else {
      move();
    }
  }
  // From here on nothing breaks: all that was accepted must end.
  for (int turn = 0; turn < 400'000 && !idle(); ++turn) {
    if (turn % 2'000 == 0) {
      for (const auto& request : requests_) {
        if (request.job.empty()) continue;
        Header header{.kind = Kind::control, .id = 1'000'000, .owner = "me"};
        from_client_.push_back(executor::packet_of(
            header, schemas::Message::of(schemas::Control{"resume", request.job})));
      }
    }
    move();
  }
  return verdict();
}

std::string Simulation::verdict() const {
  if (!wrong_.empty()) return wrong_;
  const auto state = [this](const std::string& job) {
    for (const auto& status : gateway_->status().jobs) {
      if (status.id == job) {
        return status.state + " epoch " + std::to_string(status.epoch) + " position " +
               std::to_string(status.position) + " " + status.text;
      }
    }
    return std::string("unknown");
  };
  for (const auto& request : requests_) {
    if (request.ended == 0)
      return "a request has no end: " + request.key + ", job " + request.job + " " +
             state(request.job);
    const auto ends = journal_.ends.find(request.job);
    if (ends == journal_.ends.end() || ends->second != 1) return "a job has not exactly one end";
    const auto published = disk_.published.find(request.job);
    if (published == disk_.published.end()) continue;
    if (published->second.size() > 1) return "a job was published twice";
    if (published->second.front() != unbroken()) return "what was published is not bit-equal";
  }
  return "";
}

}  // namespace flow_test
