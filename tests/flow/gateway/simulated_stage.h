#pragma once

#include <semaphore.h>

#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "executor/stage_machine.h"

namespace flow_test {

/// A word from one thread to another. std::binary_semaphore spins before it sleeps, which costs
/// twice as much where the other one cannot run meanwhile.
class Signal {
 public:
  Signal() { ::sem_init(&semaphore_, 0, 0); }
  ~Signal() { ::sem_destroy(&semaphore_); }
  Signal(const Signal&) = delete;
  Signal& operator=(const Signal&) = delete;
  void give() { ::sem_post(&semaphore_); }
  void wait() {
    while (::sem_wait(&semaphore_) != 0) {  // EINTR
    }
  }

 private:
  sem_t semaphore_;
};

/// A stage process without a socket or a clock: the real StageMachine, and a port that is the
/// simulation.
///
/// The machine runs on a thread of its own, because its executor waits in the middle of a task. It
/// moves only within act(), while the simulation waits, and hands back whenever it looks for
/// packets: so one seed is one order of events.
class SimulatedStage final : private executor::StagePort {
 public:
  using Make = std::function<std::unique_ptr<executor::Executor>(const executor::Setup&)>;

  /// What the machine sends is appended to `out`. All must outlive this.
  SimulatedStage(std::string peer, const std::string& name, const executor::Plugin& plugin,
                 Make make, std::deque<executor::Packet>& out, const Time& now);
  /// Kills the process, wherever it is.
  ~SimulatedStage() override;

  void deliver(executor::Packet packet) { arrived_.push_back({std::move(packet)}); }
  /// Lets the machine run until it looks for a packet the next time. One that waits, and has
  /// nothing to wake up for, stays where it is.
  void act();
  /// Why the machine has ended by itself, which it never should; "" = it lives.
  const std::string& end() const { return end_; }

  const std::string peer;
  bool hangs = false;

 private:
  struct Killed {};  // no std::exception: nobody on its way up takes it for a fault of the task

  void live();
  void hand_back();

  void send(const executor::Packet& packet) override { out_.push_back(packet); }
  std::optional<executor::Arrival> receive(std::chrono::milliseconds wait) override;
  Time now() const override { return now_; }
  bool stopping() const override { return false; }
  std::unique_ptr<executor::Executor> create(const executor::Setup& setup, std::int64_t) override {
    return make_(setup);
  }
  void log(const std::string&) override {}

  const Make make_;
  std::deque<executor::Packet>& out_;
  const Time& now_;
  executor::StageMachine machine_;
  std::deque<executor::Arrival> arrived_;
  Time waits_until_{};  // or for a packet
  std::string end_;
  bool killed_ = false;
  Signal to_machine_, to_simulation_;
  std::thread thread_;  // from the first act() on
};

}  // namespace flow_test
