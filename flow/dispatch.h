#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "executor/socket.h"

namespace flow {

using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;

/// One message on its way to one stage of a job's route. A value.
struct Work {
  std::uint64_t id = 0;
  std::string job;
  std::uint64_t epoch = 0;   ///< of the job's attempt
  std::size_t hop = 0;       ///< index into the route's path
  std::uint64_t source = 0;  ///< the work whose stream it belongs to, 0 = the request
  executor::Packet packet;   ///< as it goes to the stage
  std::uint64_t taken = 0;   ///< messages of its own stream that the next stage has processed
  Time sent{};
};

/// One process of an executor, as long as it is connected.
struct Worker {
  std::string peer;  ///< routing id
  std::uint32_t replica = 0;
  std::int64_t pid = 0;
  bool ready = false;
  std::string text;                         ///< what it is loading
  std::uint64_t credit = 0;                 ///< pieces of work it will still take
  std::map<std::uint64_t, Work> in_flight;  ///< sent and not yet done, by work id
  Time last_heard{};
  std::uint32_t announced_ms = 0;  ///< silence that its last packet told to expect
  std::uint64_t done = 0;
};

/// The queue of one executor and its workers: who gets which work, by credit.
///
/// Work of one (job, hop) goes to one worker, in order. Among the workers with credit the one with
/// the most gets new work. A value without sockets; used by the gateway's thread alone.
class Dispatch {
 public:
  void push(Work work) { waiting_.push_back(std::move(work)); }
  std::size_t waiting() const { return waiting_.size(); }

  /// The next work that some worker can take, moved into that worker's `in_flight`; nothing when
  /// none can. Call until nothing comes.
  std::optional<std::pair<Worker*, Work*>> next(Time now);

  Worker& add(Worker worker);
  void remove(const std::string& peer);
  Worker* find(const std::string& peer);
  std::vector<Worker>& workers() { return workers_; }
  const std::vector<Worker>& workers() const { return workers_; }

  /// Drops waiting work of a job and forgets which worker it was bound to.
  void forget(const std::string& job);
  /// The hops of the job that are bound to this worker.
  std::vector<std::size_t> bound_hops(const std::string& job, const std::string& peer) const;

 private:
  Worker* choose(const Work& work);

  std::deque<Work> waiting_;
  std::vector<Worker> workers_;
  std::map<std::pair<std::string, std::size_t>, std::string> bound_;  // (job, hop) -> peer
};

}  // namespace flow
