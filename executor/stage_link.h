#pragma once

#include <chrono>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "executor/executor.h"
#include "executor/shared_memory.h"
#include "executor/socket.h"

namespace executor {

/// A stage's connection to the gateway: receives while the executor computes, and keeps what
/// arrives. Used by the one thread of the stage. Ended jobs wait in `ended` until the host tells
/// the executor.
class StageLink {
 public:
  using Clock = std::chrono::steady_clock;

  /// Connects, encrypted when there are keys; `stopping` is asked at each wait (set by a signal
  /// handler).
  StageLink(zmq::context_t& context, const std::string& address,
            const std::optional<CurveKeys>& keys, std::function<bool()> stopping);

  /// Receives all there is; with `wait` the next packet, which may take that long.
  void pump(std::chrono::milliseconds wait = std::chrono::milliseconds(0));
  /// pump(), if the last one was a while ago: asking the kernel costs as much as a small message.
  void look();

  void send(const Packet& packet);
  /// What hello says in its header: see PeerSharedMemory::name().
  std::uint64_t channel() { return channel_.name(); }
  /// Sends a beat when nothing was sent for half the beat time.
  void beat(std::uint64_t work = 0);
  /// Sends one now that tells of a silence; with `each` of one in each piece of such work.
  void announce(std::uint64_t work, std::uint32_t silence_ms, bool each = false);

  /// Whether that attempt of the job is over (cancelled, failed elsewhere, begun anew), this
  /// process stops, or the gateway is another one than the one that gave the work.
  bool is_over(const std::string& job, std::uint64_t epoch) const {
    if (stopping_() || unknown) return true;
    const auto found = over.find(job);
    return found != over.end() && epoch <= found->second;
  }
  bool stopping() const { return stopping_(); }
  /// Whether the time for this work is over; asked once, before it begins.
  bool is_late(std::uint64_t work);

  std::deque<Packet> work;  ///< not yet processed, in order
  struct Ended {
    std::string job;
    std::optional<Outcome> outcome;  ///< nothing: the attempt was interrupted
  };
  std::deque<Ended> ended;  ///< to tell the executor about
  std::map<std::string, std::uint64_t>
      over;                                 ///< jobs with work here that is over, up to which epoch
  std::map<std::uint64_t, Packet> replies;  ///< answers to calls, by call id
  struct Acked {
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;
  };
  std::map<std::uint64_t, Acked> acked;  ///< by work id: what the next stage took of its stream
  std::map<std::uint64_t, Clock::time_point> due;  ///< by work id, of work that has a deadline
  std::optional<Packet> welcome;
  bool unknown = false;  ///< the gateway does not know this stage: it must say hello again
  std::chrono::milliseconds beat_time{2'000};

 private:
  void take(Packet packet);
  void take_work(Packet packet);

  bool fetch(Packet& packet);
  void put(const Packet& packet);

  zmq::socket_t socket_;
  PeerSharedMemory channel_;
  std::function<bool()> stopping_;
  Clock::time_point last_sent_ = Clock::now();
  Clock::time_point last_look_{};
};

}  // namespace executor
