#pragma once

#include <chrono>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "flow/file/flow.h"
#include "flow/gateway/worker.h"

namespace flow {

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
  static constexpr std::size_t kMaxSticky = 4096;  ///< texts that are remembered; then none
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
