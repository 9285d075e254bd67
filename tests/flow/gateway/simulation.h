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

namespace flow_test {

/// What lies on the simulated disk beside the journal, and outlives every process.
struct Disk {
  struct Checkpoint {
    std::int64_t step = 0;
    std::uint64_t state = 0;
  };
  std::map<std::string, Checkpoint> checkpoints;                ///< of the trainer, by job
  std::map<std::string, std::uint64_t> highest_epoch;           ///< of the publisher, by job
  std::map<std::string, std::vector<std::uint64_t>> published;  ///< by job: final states
};

inline constexpr std::int64_t kSimulatedSteps = 12;
inline constexpr std::int64_t kSimulatedCheckpoint = 4;

/// The state after one more training step: what bit-equality is checked with.
std::uint64_t after_step(std::uint64_t state, std::int64_t step);
/// That of a run that nothing interrupted.
std::uint64_t unbroken();

/// A packet with another text, and the text in one.
executor::Packet with_text(executor::Packet packet, const std::string& text);
std::string text_in(const executor::Packet& packet);

/// A stage process as far as its protocol goes: 0 = sampler (a stream of steps), 1 = trainer (one
/// step a message, checkpoints), 2 = publisher (once per job, refuses old epochs).
class SimulatedStage {
 public:
  SimulatedStage(std::size_t index, std::string peer, Disk& disk, const executor::Plugin& plugin);

  void receive(const executor::Packet& packet);
  /// Does the next small thing; what it sends is appended to `out`.
  void act(std::deque<executor::Packet>& out);

  const std::string peer;
  const std::size_t index;
  bool hangs = false;

 private:
  void begin(const executor::Packet& work, std::deque<executor::Packet>& out);
  void sample(std::deque<executor::Packet>& out);
  void train(const executor::Packet& work, std::deque<executor::Packet>& out);
  void publish(const executor::Packet& work, std::deque<executor::Packet>& out);
  bool over(const executor::Packet& work) const;
  static executor::Packet reply(schemas::Kind kind, const executor::Packet& work);

  struct Training {
    std::uint64_t epoch = 0;
    std::uint64_t next_seq = 0;
    Disk::Checkpoint at;
    std::int64_t saved = 0;
  };

  Disk& disk_;
  std::deque<executor::Packet> inbox_;
  std::map<std::string, std::uint64_t> over_;
  std::map<std::uint64_t, std::uint64_t> acked_;
  std::optional<executor::Packet> streaming_;
  std::int64_t next_step_ = 0;
  std::uint64_t sent_ = 0;
  std::map<std::string, Training> training_;
  bool said_hello_ = false;
  std::string plugin_;
};

/// A flow of three stages, its gateway, journal, network, clock and clients, driven by one seed:
/// messages are delivered in any order that connections allow, commits come late, processes are
/// killed and hang at any moment, the gateway among them.
class Simulation {
 public:
  explicit Simulation(unsigned seed);

  /// `turns` with faults, then without until nothing is left to do. Returns what is wrong; "" =
  /// nothing.
  std::string run(int turns);

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
  void move();
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
  std::vector<std::unique_ptr<SimulatedStage>> stages_;
  std::vector<std::deque<executor::Packet>> up_, down_;  // stage -> gateway, gateway -> stage
  std::deque<executor::Packet> from_client_;
  std::set<std::size_t> to_kill_;
  std::vector<Request> requests_;
  std::unique_ptr<flow::Gateway> gateway_;
  int peers_ = 0;
  int jobs_ = 0;
  std::string wrong_;
};

}  // namespace flow_test
