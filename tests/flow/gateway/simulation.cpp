#include "tests/flow/gateway/simulation.h"

#include <algorithm>

#include "schemas/text.h"

namespace flow_test {

using executor::Packet;
using schemas::Header;
using schemas::Kind;

namespace {

constexpr const char* kClient = "client";

std::string text_in(const Packet& packet) {
  return schemas::unpack<schemas::Text>(packet.body.view()).text;
}

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

}  // namespace

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
  for (std::size_t i = 0; i < stages_.size(); ++i) {
    if (!stages_[i]) start_stage(i);
  }
  ask_again();
}

void Simulation::start_stage(std::size_t index) {
  stages_[index].reset();
  up_[index].clear();
  down_[index].clear();
  const flow::Stage& stage = flow_.stages[index];
  const auto make = [this, index](const executor::Setup& setup) {
    return make_toy(index, disk_, setup);
  };
  stages_[index] = std::make_unique<SimulatedStage>("stage " + std::to_string(++peers_), stage.name,
                                                    stage.plugin, make, up_[index], now_);
}

// Of what the process had sent, a first part arrives.
void Simulation::kill_stage(std::size_t index, bool told) {
  if (told) {
    auto left = up_[index];
    left.resize(below(static_cast<std::uint32_t>(left.size()) + 1));
    const std::string peer = stages_[index]->peer;
    for (auto& packet : left) hear(peer, std::move(packet));
  }
  stages_[index].reset();
  gateway_->on_stage_died(index, 0, "was killed", true);
  start_stage(index);
}

// Its own stages die with it; those of another host live on, and say hello to the next one.
void Simulation::kill_gateway() {
  journal_.commit(below(3));
  journal_.crash();
  gateway_.reset();
  for (std::size_t i = 0; i < stages_.size(); ++i) {
    if (chance(500)) {
      stages_[i].reset();
      continue;
    }
    up_[i].clear();
    down_[i].resize(below(static_cast<std::uint32_t>(down_[i].size()) + 1));
  }
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
  if (kind == 9) return retry_kept();
  Request& request = requests_[below(static_cast<std::uint32_t>(requests_.size()))];
  if (request.job.empty()) return;
  const char* const actions[] = {"cancel", "pause", "resume", "resume", "show"};
  const std::string action = actions[below(5)];
  request.cancelled |= action == "cancel";
  Header header{.kind = Kind::control, .id = 1'000'000, .owner = "me"};
  from_client_.push_back(
      executor::packet_of(header, schemas::Message::of(schemas::Control{action, request.job})));
}

void Simulation::retry_kept() {
  for (const auto& job : gateway_->status().jobs) {
    if (job.state != "failed" || job.checkpoint_step == 0) continue;
    Header header{.kind = Kind::control, .id = 1'000'000, .owner = "me"};
    from_client_.push_back(
        executor::packet_of(header, schemas::Message::of(schemas::Control{"retry", job.id})));
  }
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

void Simulation::hear(const std::string& peer, Packet packet) {
  for (const std::string& heard : {peer, schemas::encode(packet.header)}) {
    digest_ = (digest_ ^ std::hash<std::string>{}(heard)) * 0x100000001b3u;
  }
  gateway_->on_packet(peer, std::move(packet), now_);
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
  hear(stages_[index]->peer, std::move(packet));
}

void Simulation::deliver_to_stage() {
  const std::size_t index = below(static_cast<std::uint32_t>(down_.size()));
  if (down_[index].empty() || stages_[index]->hangs) return;
  stages_[index]->deliver(std::move(down_[index].front()));
  down_[index].pop_front();
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
      stages_[index]->act();
      return note(stages_[index]->end());
    }
    case 6:
      if (!from_client_.empty()) {
        Packet packet = std::move(from_client_.front());
        from_client_.pop_front();
        return hear(kClient, std::move(packet));
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
  // And the stages hear of it; of what has failed beside a checkpoint, when it is tried again.
  for (int turn = 0; turn < 100'000 && !disk_.kept().empty(); ++turn) {
    if (turn % 2'000 == 0) retry_kept();
    move();
  }
  return verdict();
}

std::string Simulation::verdict() const {
  if (!wrong_.empty()) return wrong_;
  if (!disk_.broken.empty()) return disk_.broken;
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
  if (!disk_.kept().empty()) return "a stage keeps something of the ended job " + disk_.kept();
  return "";
}

}  // namespace flow_test
