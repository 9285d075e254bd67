#include "flow/gateway/dispatch.h"

#include <algorithm>

namespace flow {
namespace {

bool has_credit(const Worker& worker) {
  const bool is_slow = worker.mean_ms >= static_cast<double>(Dispatch::kLong.count());
  return worker.credit > 0 && (!is_slow || worker.in_flight.empty());
}

bool takes_new(const Worker& worker) {
  return worker.ready && has_credit(worker) && worker.state == WorkerState::full;
}

// On trial: one at a time, and nothing that could not be done again elsewhere.
bool tries(const Worker& worker, const Task& work) {
  return worker.ready && worker.state == WorkerState::trial && worker.in_flight.empty() &&
         can_repeat(work);
}

}  // namespace

// The owner's next turn, or the one that is on when it has had none lately (start-time fair
// queuing: Goyal, Vin, Cheng 1996, all tasks of one length).
std::uint64_t Dispatch::next_turn(const std::string& owner) {
  if (turns_.size() >= kMaxOwners) {
    std::erase_if(turns_, [&](const auto& entry) { return entry.second <= turn_; });
  }
  std::uint64_t& turn = turns_[owner];
  return turn = std::max(turn + 1, turn_);
}

void Dispatch::push(Task work) {
  waiting_bytes_ += work.bytes;
  if (!work.batch.empty()) ++batches_[work.batch];
  work.turn = next_turn(work.packet.header.owner);
  auto place = waiting_.end();
  while (place != waiting_.begin() && std::prev(place)->turn > work.turn) --place;
  waiting_.insert(place, std::move(work));
}

Worker& Dispatch::add(Worker worker) {
  remove(worker.peer);
  workers_.push_back(std::move(worker));
  return workers_.back();
}

void Dispatch::remove(const std::string& peer) {
  std::erase_if(workers_, [&](const Worker& worker) { return worker.peer == peer; });
  std::erase_if(sticky_, [&](const auto& entry) { return entry.second == peer; });
}

Worker* Dispatch::find(const std::string& peer) {
  const auto found = std::find_if(workers_.begin(), workers_.end(),
                                  [&](const Worker& worker) { return worker.peer == peer; });
  return found == workers_.end() ? nullptr : &*found;
}

Worker* Dispatch::find(std::uint32_t replica) {
  const auto found = std::find_if(workers_.begin(), workers_.end(),
                                  [&](const Worker& worker) { return worker.replica == replica; });
  return found == workers_.end() ? nullptr : &*found;
}

Worker* Dispatch::least_loaded(const Task& work) {
  Worker* best = nullptr;
  for (auto& worker : workers_) {
    if (tries(worker, work)) return &worker;
    if (takes_new(worker) && (best == nullptr || worker.credit > best->credit)) best = &worker;
  }
  return best;
}

Worker* Dispatch::choose(const Task& work) {
  const auto bound = bound_.find({work.job, work.hop});
  if (bound != bound_.end()) {
    Worker* worker = find(bound->second);
    return worker != nullptr && has_credit(*worker) ? worker : nullptr;
  }
  if (work.sticky.empty()) return least_loaded(work);
  const auto home = sticky_.find(work.sticky);
  Worker* worker = home == sticky_.end() ? nullptr : find(home->second);
  if (worker != nullptr && takes_new(*worker)) return worker;
  const bool away = worker != nullptr && worker->state == WorkerState::full;
  worker = least_loaded(work);
  if (worker == nullptr || away) return worker;
  if (sticky_.size() >= kMaxSticky) sticky_.clear();
  sticky_[work.sticky] = worker->peer;
  return worker;
}

bool Dispatch::is_due(const Task& work, Time now) const {
  if (work.batch.empty()) return true;
  return batches_.at(work.batch) >= batch_.size ||
         now - work.queued >= std::chrono::milliseconds(batch_.wait_ms);
}

std::optional<Time> Dispatch::next_due(Time now) const {
  if (batches_.empty()) return std::nullopt;
  std::optional<Time> first;
  for (const auto& work : waiting_) {
    const Time due = work.queued + std::chrono::milliseconds(batch_.wait_ms);
    if (!work.batch.empty() && due > now && (!first || due < *first)) first = due;
  }
  return first;
}

void Dispatch::drop_from_counts(const Task& work) {
  waiting_bytes_ -= work.bytes;
  if (work.batch.empty()) return;
  const auto count = batches_.find(work.batch);
  if (--count->second == 0) batches_.erase(count);
}

Task& Dispatch::send(Worker& worker, std::deque<Task>::iterator work, Time now) {
  bound_[{work->job, work->hop}] = worker.peer;
  --worker.credit;
  turn_ = std::max(turn_, work->turn);
  work->sent = now;
  drop_from_counts(*work);
  const std::uint64_t id = work->id;
  return worker.in_flight[id] = std::move(*work);
}

std::pair<std::deque<Task>::iterator, Worker*> Dispatch::find_next(Time now, const May& may) {
  const bool any_free = std::any_of(workers_.begin(), workers_.end(), [](const Worker& worker) {
    return worker.ready && has_credit(worker);
  });
  for (auto work = waiting_.begin(); any_free && work != waiting_.end(); ++work) {
    if (!is_due(*work, now) || (may && !may(*work))) continue;
    if (Worker* worker = choose(*work)) return {work, worker};
  }
  return {waiting_.end(), nullptr};
}

bool Dispatch::has_next(Time now, const May& may) {
  return find_next(now, may).second != nullptr;
}

std::optional<Dispatch::Load> Dispatch::next(Time now, const May& may) {
  auto [work, worker] = find_next(now, may);
  if (worker == nullptr) return std::nullopt;
  const std::string batch = work->batch;
  Load load{worker, {&send(*worker, work, now)}};
  work = waiting_.erase(work);
  const std::size_t most = worker->state == WorkerState::trial ? 1 : batch_.size;
  while (!batch.empty() && work != waiting_.end() && load.tasks.size() < most &&
         worker->credit > 0) {
    if (work->batch != batch) {
      ++work;
      continue;
    }
    load.tasks.push_back(&send(*worker, work, now));
    work = waiting_.erase(work);
  }
  return load;
}

void Dispatch::forget(const std::string& job) {
  std::erase_if(waiting_, [&](const Task& work) {
    if (work.job != job) return false;
    drop_from_counts(work);
    return true;
  });
  unbind(job);
}

void Dispatch::unbind(const std::string& job) {
  auto entry = bound_.lower_bound({job, 0});
  while (entry != bound_.end() && entry->first.first == job) entry = bound_.erase(entry);
}

void Dispatch::take_back(Worker& worker, std::uint64_t id) {
  auto node = worker.in_flight.extract(id);
  if (node.empty()) return;
  Task& work = node.mapped();
  bound_.erase({work.job, work.hop});
  waiting_bytes_ += work.bytes;
  if (!work.batch.empty()) ++batches_[work.batch];
  waiting_.push_front(std::move(work));
}

std::vector<std::size_t> Dispatch::bound_hops(const std::string& job,
                                              const std::string& peer) const {
  std::vector<std::size_t> hops;
  for (const auto& [key, bound_peer] : bound_) {
    if (key.first == job && bound_peer == peer) hops.push_back(key.second);
  }
  return hops;
}

bool Dispatch::is_bound(const std::string& peer) const {
  return std::any_of(bound_.begin(), bound_.end(),
                     [&](const auto& entry) { return entry.second == peer; });
}

}  // namespace flow
