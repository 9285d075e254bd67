#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "executor/socket.h"
#include "flow/file/flow.h"

namespace flow {

using Clock = std::chrono::steady_clock;
using Time = Clock::time_point;

/// One message on its way to one stage of a job's route. A value.
struct Task {
  std::uint64_t id = 0;
  std::string job;
  std::uint64_t epoch = 0;   ///< of the job's attempt
  std::size_t hop = 0;       ///< index into the route's path
  std::uint64_t source = 0;  ///< the work whose stream it belongs to, 0 = the request
  executor::Packet packet;   ///< as it goes to the stage
  std::size_t bytes = 0;     ///< of its packet
  std::string sticky;        ///< tasks with equal texts go to one worker when they
                             ///< can; "" = to any
  std::string batch;         ///< tasks with equal texts may be one batch; "" = alone
  std::uint64_t acked = 0;   ///< messages of its own stream that the next stage has processed
  std::uint64_t acked_bytes = 0;
  std::uint64_t emitted = 0;  ///< messages that it has answered with
  std::uint64_t emitted_bytes = 0;
  std::uint32_t signs = 0;  ///< packets that came from its worker while it was in hand
  std::uint64_t turn = 0;   ///< its place among those that wait: see Dispatch
  Time queued{};
  Time sent{};
};

/// Whether another worker may do it again: it is no part of a stream, and
/// nothing of it is out.
bool can_repeat(const Task& work);

/// What a worker is there for.
enum class WorkerState {
  full,
  none,     ///< not yet: it starts beside those that it shall replace
  trial,    ///< one work at a time, which can be given to another again
  leaving,  ///< finishes what it has; no new jobs
};

/// One process of an executor, as long as it is connected.
struct Worker {
  std::string peer;  ///< routing id
  access::Origin origin = {};
  std::uint32_t replica = 0;
  std::int64_t pid = 0;
  /// What its process runs, as the gateway read it: see StageRights. Never null once it has joined.
  std::shared_ptr<const executor::Plugin> table;
  std::uint64_t refusals = 0;  ///< of what it tried and may not
  bool ready = false;
  WorkerState state = WorkerState::full;
  bool hears_end = true;                    ///< its plugin wants to know how jobs end
  std::string text;                         ///< what it is loading
  std::uint64_t credit = 0;                 ///< pieces of work it will still take
  std::map<std::uint64_t, Task> in_flight;  ///< sent and not yet done, by work id
  Time last_heard{};
  std::uint32_t announced_ms = 0;  ///< silence that its last packet told to expect
  std::uint64_t done = 0;
  double mean_ms = 0;  ///< that a work took it, the latest counting most
  Time last_done{};
};

/// The worker has done this work.
void note_done(Worker& worker, const Task& work, Time now);

/// The queue of one executor and its workers: who gets which work, by credit.
///
/// Work of one (job, hop) goes to one worker, in order. New work goes to the
/// least loaded: the worker with the most credit (one on trial comes first);
/// with a `sticky` text to the one that had it last, unless that one has no
/// credit. Works of one `batch` wait for each other. Owners take turns: who
/// has little waiting is served between the tasks of who has much. A worker
/// whose tasks take long (kLong) gets the next one when it has none in hand, so
/// that nobody waits for what was sent ahead. A value without sockets; used by
/// the gateway's thread alone.
class Dispatch {
 public:
  explicit Dispatch(Batch batch = {}) : batch_(std::move(batch)) {}

  void push(Task work);
  std::size_t waiting() const { return waiting_.size(); }
  std::size_t waiting_bytes() const { return waiting_bytes_; }

  /// The next work that some worker can take, moved into that worker's
  /// `in_flight`, or a batch of them; nothing when none can. Call until nothing
  /// comes.
  struct Load {
    Worker* worker;
    std::vector<Task*> tasks;
  };
  using May = std::function<bool(const Task&)>;  ///< whether it may be sent; null: all may
  std::optional<Load> next(Time now, const May& may = {});
  /// Whether next() would return something.
  bool has_next(Time now, const May& may);
  /// When, after `now`, a batch is due that is not full; nothing when none
  /// waits.
  std::optional<Time> next_due(Time now) const;

  Worker& add(Worker worker);
  void remove(const std::string& peer);
  Worker* find(const std::string& peer);
  Worker* find(std::uint32_t replica);
  std::vector<Worker>& workers() { return workers_; }
  const std::vector<Worker>& workers() const { return workers_; }

  /// Drops waiting work of a job and forgets which worker it was bound to.
  void forget(const std::string& job);
  /// The same for a job that is done: nothing of it waits.
  void unbind(const std::string& job);
  /// Puts work of a worker back at the head of the queue, for any other.
  void take_back(Worker& worker, std::uint64_t work);
  /// The hops of the job that are bound to this worker.
  std::vector<std::size_t> bound_hops(const std::string& job, const std::string& peer) const;
  /// Whether some open job is bound to this worker.
  bool is_bound(const std::string& peer) const;

  /// Sending ahead saves less than 1 % of the time of tasks that take this long.
  static constexpr std::chrono::milliseconds kLong{50};
  static constexpr std::size_t kMaxSticky = 4096;  ///< texts that are remembered; then all anew
  static constexpr std::size_t kMaxOwners = 4096;  ///< that are remembered with nothing waiting

 private:
  std::pair<std::deque<Task>::iterator, Worker*> find_next(Time now, const May& may);
  Worker* choose(const Task& work);
  Worker* least_loaded(const Task& work);
  bool is_due(const Task& work, Time now) const;
  Task& send(Worker& worker, std::deque<Task>::iterator work, Time now);
  void drop_from_counts(const Task& work);

  Batch batch_;
  std::uint64_t next_turn(const std::string& owner);

  std::deque<Task> waiting_;                              // by turn
  std::uint64_t turn_ = 0;                                // of the latest work that was sent
  std::unordered_map<std::string, std::uint64_t> turns_;  // owner -> turn of its latest work
  std::size_t waiting_bytes_ = 0;
  std::map<std::string, std::size_t> batches_;  // text -> tasks that wait
  std::vector<Worker> workers_;
  std::map<std::pair<std::string, std::size_t>, std::string> bound_;  // (job, hop) -> peer
  std::map<std::string, std::string> sticky_;                         // text -> peer
};

}  // namespace flow
