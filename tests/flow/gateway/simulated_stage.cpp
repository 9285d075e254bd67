#include "tests/flow/gateway/simulated_stage.h"

namespace flow_test {

SimulatedStage::SimulatedStage(std::string peer_in, const std::string& name,
                               const executor::Plugin& plugin, Make make,
                               std::deque<executor::Packet>& out, const Time& now)
    : peer(std::move(peer_in)),
      make_(std::move(make)),
      out_(out),
      now_(now),
      machine_({.name = name, .pid = 1}, plugin, *this) {}

SimulatedStage::~SimulatedStage() {
  if (!thread_.joinable()) return;
  killed_ = true;
  to_machine_.give();
  thread_.join();
}

void SimulatedStage::act() {
  if (hangs || !end_.empty() || (arrived_.empty() && now_ < waits_until_)) return;
  if (!thread_.joinable()) thread_ = std::thread([this] { live(); });
  to_machine_.give();
  to_simulation_.wait();
}

void SimulatedStage::live() {
  to_machine_.wait();
  try {
    if (!killed_) end_ = "a stage ended with code " + std::to_string(machine_.run());
  } catch (const Killed&) {
  } catch (const std::exception& error) {
    end_ = std::string("a stage ended: ") + error.what();
  }
  to_simulation_.give();
}

void SimulatedStage::hand_back() {
  to_simulation_.give();
  to_machine_.wait();
  if (killed_) throw Killed();
}

std::optional<executor::Arrival> SimulatedStage::receive(std::chrono::milliseconds wait) {
  if (arrived_.empty()) {
    waits_until_ = now_ + wait;
    hand_back();
  }
  if (arrived_.empty()) return std::nullopt;
  executor::Arrival arrival = std::move(arrived_.front());
  arrived_.pop_front();
  return arrival;
}

}  // namespace flow_test
