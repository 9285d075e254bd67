#pragma once

#include <catch2/catch.hpp>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include "executor/stage_machine.h"
#include "schemas/text.h"

namespace executor_test {

using executor::Packet;
using schemas::Header;
using schemas::Kind;
using namespace std::chrono_literals;

/// The port of a stage whose gateway is a test. Time passes only while the stage waits.
class ScriptedPort final : public executor::StagePort {
 public:
  std::vector<Packet> sent;
  std::vector<std::string> lines;
  std::deque<executor::Arrival> coming;
  std::deque<std::function<void()>> script;  ///< one each time that the stage waits; then it stops
  std::function<std::unique_ptr<executor::Executor>(const executor::Setup&)> make;
  std::int64_t gpu_memory_bytes = -1;
  Time time = Time{} + 1h;
  bool stop = false;

  void send(const Packet& packet) override { sent.push_back(packet); }
  std::optional<executor::Arrival> receive(std::chrono::milliseconds wait) override {
    if (wait > 0ms && coming.empty()) pass(wait);
    if (coming.empty()) return std::nullopt;
    auto arrival = std::move(coming.front());
    coming.pop_front();
    return arrival;
  }
  Time now() const override { return time; }
  bool stopping() const override { return stop; }
  std::unique_ptr<executor::Executor> create(const executor::Setup& setup,
                                             std::int64_t bytes) override {
    gpu_memory_bytes = bytes;
    return make(setup);
  }
  std::uint64_t channel() override { return 77; }
  void log(const std::string& line) override { lines.push_back(line); }

 private:
  void pass(std::chrono::milliseconds wait) {
    if (script.empty()) {
      stop = true;
      return;
    }
    const auto next = std::move(script.front());
    script.pop_front();
    next();
    if (coming.empty()) time += wait;
  }
};

/// A StageMachine between a scripted port and a scripted executor.
struct ScriptedStage {
  using Process = std::function<void(const schemas::Message&, executor::Outbox&)>;
  using ProcessBatch = std::function<void(std::vector<executor::BatchItem>&)>;

  executor::Plugin plugin;
  ScriptedPort port;
  schemas::Welcome welcome;
  Process process = [](const schemas::Message& in, executor::Outbox& out) { out.send(in); };
  ProcessBatch process_batch;
  std::function<void(const std::string&)> on_told = [](const std::string&) {};
  std::vector<std::string> told;  ///< to the executor: "process 1", "ended j done", "stopping"
  std::set<std::string> open_jobs;

  ScriptedStage();

  /// Answers hello with the welcome, then runs the script to its end. What run() returned.
  int run();
  /// One more step of the script: the stage waits, and this happens.
  void then(std::function<void()> step) { port.script.push_back(std::move(step)); }

  /// What the gateway sends.
  void give(const Header& header, const schemas::Message& message = {});
  void give(Kind kind, std::uint64_t id = 0);
  void give_welcome();
  /// By a gateway that does not know the stage, long after the last hello.
  void give_refused();
  void give_ended(const std::string& job, const std::string& outcome,
                  std::uint64_t epoch = std::numeric_limits<std::uint64_t>::max());

  /// Takes all packets of that kind out of what was sent.
  std::vector<Packet> take(Kind kind);
  /// The codes of all tasks that failed.
  std::vector<std::string> failures();
};

/// A task that is a stream of one message.
Header task(std::uint64_t id, const std::string& job = "j");
/// One message of a longer stream.
Header part(std::uint64_t id, std::uint64_t seq, std::uint64_t epoch = 1,
            const std::string& job = "j");
schemas::Message text(const std::string& line);
std::string text_in(const Packet& packet);

}  // namespace executor_test
