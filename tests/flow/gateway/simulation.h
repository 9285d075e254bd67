#pragma once

#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "flow/gateway/gateway.h"
#include "tests/flow/gateway/memory_journal.h"
#include "tests/flow/gateway/simulated_stage.h"
#include "tests/flow/gateway/toy_executors.h"

namespace flow_test {

/// A flow of three stages, its gateway, journal, network, clock and clients, driven by one seed.
/// Gateway and stages are the real ones; the executors are toys. What the seed decides:
/// messages are delivered in any order that connections allow, commits come late, processes are
/// killed and hang at any moment, the gateway among them.
class Simulation {
 public:
  explicit Simulation(unsigned seed);

  /// `turns` with faults, then without until nothing is left to do. Returns what is wrong; "" =
  /// nothing.
  std::string run(int turns);
  /// Of all that the gateway heard, in order: the same for the same seed.
  std::uint64_t digest() const { return digest_; }

 private:
  struct Request {
    std::string key;
    std::string text;
    std::string job;
    int accepted = 0, ended = 0;
    bool cancelled = false;
  };

  std::uint32_t below(std::uint32_t limit) { return static_cast<std::uint32_t>(random_() % limit); }
  bool chance(std::uint32_t per_mille) { return below(1000) < per_mille; }

  void start_gateway();
  void start_stage(std::size_t index);
  void kill_stage(std::size_t index, bool told);
  void kill_gateway();
  void fault();
  void ask();
  void ask_again();
  void retry_kept();
  void move();
  void hear(const std::string& peer, executor::Packet packet);
  void deliver_to_gateway();
  void deliver_to_stage();
  void to_client(const executor::Packet& packet);
  bool idle() const;
  std::string verdict() const;
  void note(const std::string& what) {
    if (wrong_.empty()) wrong_ = what;
  }

  std::mt19937 random_;
  std::uint32_t faults_;  // of 1000 turns
  flow::Flow flow_;
  MemoryJournal journal_;
  Disk disk_;
  flow::Time now_ = flow::Time{} + std::chrono::hours(1);
  std::vector<std::deque<executor::Packet>> up_, down_;  // stage -> gateway, gateway -> stage
  std::vector<std::unique_ptr<SimulatedStage>> stages_;
  std::deque<executor::Packet> from_client_;
  std::set<std::size_t> to_kill_;
  std::vector<Request> requests_;
  std::unique_ptr<flow::Gateway> gateway_;
  int peers_ = 0;
  int jobs_ = 0;
  std::uint64_t digest_ = 0;
  std::string wrong_;
};

}  // namespace flow_test
