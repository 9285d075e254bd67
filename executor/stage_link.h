#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "executor/executor.h"
#include "executor/socket.h"

namespace executor {

/// A stage's connection to the gateway: receives while the executor computes, and keeps what
/// arrives. Used by the one thread of the stage. Ended jobs wait in `ended` until the host tells
/// the executor.
class StageLink {
 public:
  using Clock = std::chrono::steady_clock;

  /// Connects; `stopping` is asked at each wait (set by a signal handler).
  StageLink(zmq::context_t& context, const std::string& address, std::function<bool()> stopping);

  /// Receives all there is, first waiting up to `wait` when there is nothing.
  void pump(std::chrono::milliseconds wait = std::chrono::milliseconds(0));

  void send(const Packet& packet);
  /// Sends a beat when nothing was sent for half the beat time.
  void beat(std::uint64_t work = 0);

  /// Whether the job is over (cancelled, failed elsewhere) or this process stops.
  bool is_over(const std::string& job) const { return stopping_() || over.contains(job); }
  bool stopping() const { return stopping_(); }

  std::deque<Packet> work;                            ///< not yet processed, in order
  std::deque<std::pair<std::string, Outcome>> ended;  ///< jobs to tell the executor about
  std::set<std::string> over;                         ///< ended jobs that still have work here
  std::map<std::uint64_t, Packet> replies;            ///< answers to calls, by call id
  std::map<std::uint64_t, std::uint64_t> taken;  ///< by work id: messages that the next stage took
  std::optional<Packet> welcome;
  bool unknown = false;  ///< the gateway does not know this stage: it must say hello again
  std::chrono::milliseconds beat_time{2'000};

 private:
  void take(Packet packet);

  zmq::socket_t socket_;
  std::function<bool()> stopping_;
  Clock::time_point last_sent_ = Clock::now();
};

}  // namespace executor
