#include "tests/executor/scripted_stage.h"

#include <algorithm>

#include "schemas/fault.h"

namespace executor_test {
namespace {

class Scripted final : public executor::Executor {
 public:
  explicit Scripted(ScriptedStage& stage) : stage_(stage) {}
  void process(const schemas::Message& in, executor::Outbox& out) override {
    note("process " + in.as<schemas::Text>().text);
    stage_.process(in, out);
  }
  void process_batch(std::vector<executor::BatchItem>& items) override {
    note("batch of " + std::to_string(items.size()));
    stage_.process_batch(items);
  }
  void ended(const std::string& job, executor::Outcome outcome) override {
    const char* const names[] = {"done", "failed", "cancelled"};
    note("ended " + job + " " + names[static_cast<int>(outcome)]);
  }
  void interrupted(const std::string& job) override { note("interrupted " + job); }
  void stopping() override { note("stopping"); }

 private:
  void note(const std::string& what) {
    stage_.told.push_back(what);
    stage_.on_told(what);
  }
  ScriptedStage& stage_;
};

}  // namespace

ScriptedStage::ScriptedStage() {
  plugin.name = "scripted";
  plugin.handlers = {{"text.v1", {"text.v1"}, true}};
  plugin.calls = {{"/ask", "text.v1", "text.v1"}};
  welcome.beat_ms = 2'000;
  port.make = [this](const executor::Setup& setup) {
    open_jobs = setup.open_jobs;
    return std::make_unique<Scripted>(*this);
  };
}

int ScriptedStage::run() {
  port.script.push_front([this] { give_welcome(); });
  return executor::StageMachine({"second", 3, 42, "/home"}, plugin, port).run();
}

void ScriptedStage::give(const Header& header, const schemas::Message& message) {
  port.coming.push_back({executor::packet_of(header, message)});
}

void ScriptedStage::give(Kind kind, std::uint64_t id) {
  give(Header{.kind = kind, .id = id});
}

void ScriptedStage::give_welcome() {
  give(Header{.kind = Kind::welcome}, schemas::Message::of(welcome));
}

void ScriptedStage::give_refused() {
  port.time += executor::StageMachine::kHelloAgain;
  give(Kind::refused);
}

void ScriptedStage::give_ended(const std::string& job, const std::string& outcome,
                               std::uint64_t epoch) {
  give(Header{.kind = Kind::ended, .job = job, .epoch = epoch},
       schemas::Message::of(schemas::Ended{outcome, {}}));
}

std::vector<Packet> ScriptedStage::take(Kind kind) {
  const auto rest = std::stable_partition(port.sent.begin(), port.sent.end(),
                                          [&](const Packet& p) { return p.header.kind != kind; });
  std::vector<Packet> taken(std::make_move_iterator(rest),
                            std::make_move_iterator(port.sent.end()));
  port.sent.erase(rest, port.sent.end());
  return taken;
}

std::vector<std::string> ScriptedStage::failures() {
  std::vector<std::string> codes;
  for (const auto& packet : take(Kind::failed)) {
    codes.push_back(schemas::unpack<schemas::Fault>(packet.body.view()).code);
  }
  return codes;
}

Header task(std::uint64_t id, const std::string& job) {
  Header header = part(id, 0, 1, job);
  header.last = true;
  return header;
}

Header part(std::uint64_t id, std::uint64_t seq, std::uint64_t epoch, const std::string& job) {
  Header header;
  header.kind = Kind::work;
  header.id = id;
  header.job = job;
  header.type = "text.v1";
  header.epoch = epoch;
  header.seq = seq;
  return header;
}

schemas::Message text(const std::string& line) {
  return schemas::Message::of(schemas::Text{line});
}

std::string text_in(const Packet& packet) {
  return schemas::unpack<schemas::Text>(packet.body.view()).text;
}

}  // namespace executor_test
