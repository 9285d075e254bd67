#pragma once

#include <cstdint>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "executor/stage_port.h"
#include "schemas/fault.h"
#include "schemas/link.h"

namespace executor {

/// A piece of work that the gateway gave.
struct StageTask {
  Packet packet;
  std::optional<StagePort::Time> due = {};  ///< too late to begin then
  std::optional<Error> lost = {};           ///< why its blobs did not come
  bool is_over = false;                     ///< so was its attempt when it was taken out
};

/// What the gateway has sent and the stage has not dealt with yet. A value: knows neither socket
/// nor clock.
class StageInbox {
 public:
  using Time = StagePort::Time;
  struct Ended {
    std::string job;
    std::optional<Outcome> outcome;  ///< nothing: the attempt was interrupted
  };
  /// How much of a task's stream the next stage took.
  struct Acked {
    std::uint64_t messages = 0;
    std::uint64_t bytes = 0;
  };

  void put(Arrival arrival, Time now);

  bool has_task() const { return !tasks_.empty(); }
  bool next_is_batch() const { return has_task() && tasks_.front().packet.header.batch > 0; }
  /// Takes out the oldest task; there has to be one.
  StageTask next_task();
  void put_ended(Ended ended) { ended_.push_back(std::move(ended)); }
  /// Takes out the oldest end of a job: the executor is to be told.
  std::optional<Ended> next_ended();
  /// Whether that attempt of the job is over: cancelled, failed elsewhere, begun again.
  bool is_over(const std::string& job, std::uint64_t epoch) const;

  /// Takes out the answer to a call: a reply or a fault.
  std::optional<Packet> take_reply(std::uint64_t call);
  /// Drops the answers that nobody waits for any more.
  void drop_replies() { replies_.clear(); }

  /// From here to close_stream() it is noted what the next stage took of the task's stream; what
  /// comes outside is about a task that is done.
  void open_stream(std::uint64_t task) { acked_[task] = {}; }
  void close_stream(std::uint64_t task) { acked_.erase(task); }
  Acked acked(std::uint64_t task) const;

  bool is_welcome() const { return welcome_.has_value(); }
  /// Takes out the answer to hello.
  std::optional<schemas::Welcome> take_welcome();
  /// The gateway does not know this stage: it is a new one, and wants a hello. So it is until its
  /// welcome, which makes void what the former one gave.
  bool is_unknown() const { return unknown_; }
  /// Why, in the gateway's words; empty fields when it gave none.
  const schemas::Fault& why_unknown() const { return why_unknown_; }

 private:
  void put_task(Arrival arrival, Time now);
  void put_reply(Arrival arrival);
  void note_ended(const Packet& packet);
  void note_refused(const Packet& packet);
  void note_acked(const schemas::Header& header);
  void note_welcome(const Packet& packet);
  void forget_over(const std::string& job);

  std::deque<StageTask> tasks_;
  std::deque<Ended> ended_;
  std::map<std::string, std::uint64_t> over_;  // jobs with tasks or ends here: up to which epoch
  std::map<std::uint64_t, Packet> replies_;    // by call
  std::map<std::uint64_t, Acked> acked_;       // by task in hand
  std::optional<schemas::Welcome> welcome_;
  bool unknown_ = false;
  schemas::Fault why_unknown_;
};

}  // namespace executor
