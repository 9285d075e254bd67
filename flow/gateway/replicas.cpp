#include "flow/gateway/replicas.h"

#include <algorithm>

#include "executor/error.h"

namespace flow {

using Type = ReplicaAction::Type;
using std::chrono::milliseconds;

Replicas::Replicas(Stage& stage, Dispatch& workers) : stage_(stage), workers_(workers) {
  while (next_replica_ < stage.replicas) wanted_.insert(next_replica_++);
}

bool Replicas::all_ready() const {
  if (stage_.remote) return true;
  const auto& workers = workers_.workers();
  const auto ready = std::count_if(workers.begin(), workers.end(), [&](const Worker& worker) {
    return worker.ready && wanted_.contains(worker.replica);
  });
  return static_cast<std::size_t>(ready) >= wanted_.size();
}

std::optional<std::string> Replicas::given_up(std::uint32_t replica) const {
  const auto found = given_up_.find(replica);
  return found == given_up_.end() ? std::nullopt : std::optional(found->second.why);
}

std::optional<std::string> Replicas::given_up() const {
  if (stage_.remote || given_up_.size() < wanted_.size()) return std::nullopt;
  return given_up_.begin()->second.why;
}

const Stage& Replicas::stage_of(std::uint32_t replica) const {
  if (is_fresh(replica)) return swap_->next;
  if (stage_.remote || wanted_.contains(replica)) return stage_;
  throw executor::Error("unavailable", "this process of '" + stage_.name + "' is to leave");
}

WorkerState Replicas::state_of(std::uint32_t replica) const {
  return is_fresh(replica) ? WorkerState::none : WorkerState::full;
}

void Replicas::ready(std::uint32_t replica, Time now) {
  given_up_.erase(replica);
  if (!is_fresh(replica) || swap_->trial) return;
  for (const std::uint32_t each : swap_->fresh) {
    const Worker* fresh = workers_.find(each);
    if (fresh == nullptr || !fresh->ready) return;
  }
  swap_->trial = true;
  swap_->since = now;
  for (const std::uint32_t each : swap_->fresh) workers_.find(each)->state = WorkerState::trial;
}

void Replicas::start_failed(std::uint32_t replica, const std::string& why) {
  start_fault_[replica] = why;
}

Replicas::Actions Replicas::died(std::uint32_t replica, const std::string& text, bool again,
                                 Time now) {
  const auto told = start_fault_.extract(replica);
  const std::string why = told.empty() ? text : told.mapped();
  if (is_fresh(replica)) return roll_back(why);
  Actions actions;
  if (!wanted_.contains(replica)) {
    actions.push_back({Type::retire, replica});  // it was to leave: nobody waits for it
  } else if (again) {
    ++restarts_;
  } else {
    given_up_[replica] = {why, now};
  }
  actions.push_back({Type::lose, replica, why});
  if (given_up()) actions.push_back({Type::given_up, replica, why});
  return actions;
}

Replicas::Actions Replicas::lost(std::uint32_t replica, const std::string& text) {
  if (stage_.remote) gone_ = text;
  if (!is_fresh(replica)) return {};
  return roll_back("one of its processes " + text);
}

Replicas::Actions Replicas::scale(std::size_t wanted, const Start& start) {
  while (wanted_.size() < wanted) {
    start(next_replica_, stage_);
    wanted_.insert(next_replica_++);
  }
  Actions actions;
  shrink(wanted, actions);
  retire_idle(actions);
  return actions;
}

void Replicas::shrink(std::size_t wanted, Actions& actions) {
  while (wanted_.size() > wanted) {
    const std::uint32_t last = *wanted_.rbegin();
    wanted_.erase(last);
    given_up_.erase(last);
    absent_since_.erase(last);
    if (Worker* worker = workers_.find(last)) {
      worker->state = WorkerState::leaving;
    } else {
      actions.push_back({Type::retire, last});
    }
  }
}

Replicas::Actions Replicas::swap(Stage next, const Watcher& asker, Time now, const Start& start) {
  swap_ = Swap{std::move(next), asker, now};
  for (std::size_t i = 0; i < wanted_.size(); ++i) swap_->fresh.insert(next_replica_++);
  try {
    for (const std::uint32_t replica : swap_->fresh) start(replica, swap_->next);
  } catch (const executor::Error& error) {
    return roll_back(error.what());
  }
  return {};
}

Replicas::Actions Replicas::tick(Time now, const Start& start) {
  Actions actions;
  check_absence(now, actions);
  if (start) give_second_chance(now, start);
  for (auto& action : check_swap(now)) actions.push_back(std::move(action));
  retire_idle(actions);
  return actions;
}

void Replicas::stood_still(milliseconds time) {
  for (auto& [replica, since] : absent_since_) since += time;
  if (away_since_) *away_since_ += time;
}

// A process that hangs before it has said hello is no worker yet, but waited
// for all the same.
void Replicas::check_absence(Time now, Actions& actions) {
  if (stage_.remote) return note_away(now);
  for (const std::uint32_t replica : wanted_) {
    if (workers_.find(replica) != nullptr || given_up_.contains(replica)) {
      absent_since_.erase(replica);
      continue;
    }
    Time& since = absent_since_.try_emplace(replica, now).first->second;
    if (now - since <= milliseconds(stage_.ready_ms)) continue;
    since = now;
    actions.push_back({Type::kill, replica});
  }
}

// One that is loading is here.
void Replicas::note_away(Time now) {
  if (!workers_.workers().empty()) {
    away_since_.reset();
  } else if (!away_since_) {
    away_since_ = now;
  }
}

void Replicas::give_second_chance(Time now, const Start& start) {
  for (auto& [replica, given_up] : given_up_) {
    if (now - given_up.since < kSecondChance) continue;
    given_up.since = now;
    try {
      start(replica, stage_);
    } catch (const executor::Error& error) {
      given_up.why = error.what();
    }
  }
}

Replicas::Actions Replicas::check_swap(Time now) {
  if (!swap_) return {};
  if (!swap_->trial) {
    if (now - swap_->since <= milliseconds(swap_->next.ready_ms)) return {};
    return roll_back("it was not ready in time");
  }
  std::uint64_t done = 0;
  bool idle = true;
  for (const std::uint32_t replica : swap_->fresh) {
    const Worker* worker = workers_.find(replica);
    if (worker == nullptr) continue;  // losing one ends the swap
    done += worker->done;
    idle = idle && worker->in_flight.empty();
  }
  const bool is_over = done >= kTrialWorks || (idle && now - swap_->since >= kTrial);
  return is_over ? promote() : Actions{};
}

Replicas::Actions Replicas::promote() {
  const Swap swap = *std::exchange(swap_, std::nullopt);
  for (auto& worker : workers_.workers()) {
    const bool fresh = swap.fresh.contains(worker.replica);
    worker.state = fresh ? WorkerState::full : WorkerState::leaving;
  }
  Actions actions;
  for (const std::uint32_t replica : wanted_) {
    if (workers_.find(replica) == nullptr) actions.push_back({Type::retire, replica});
  }
  wanted_ = swap.fresh;
  given_up_.clear();
  absent_since_.clear();
  stage_.run = swap.next.run;
  stage_.library = swap.next.library;
  stage_.plugin = swap.next.plugin;
  stage_.with = swap.next.with;
  stage_.set_aside = swap.next.set_aside;
  actions.push_back({.type = Type::swapped, .asker = swap.asker});
  return actions;
}

Replicas::Actions Replicas::roll_back(const std::string& why) {
  const Swap swap = *std::exchange(swap_, std::nullopt);
  Actions actions;
  for (const std::uint32_t replica : swap.fresh) {
    actions.push_back({Type::retire, replica});
    actions.push_back({Type::lose, replica, why});
    actions.push_back({Type::kill, replica});
  }
  actions.push_back({.type = Type::refused, .text = why, .asker = swap.asker});
  return actions;
}

void Replicas::retire_idle(Actions& actions) const {
  for (const auto& worker : workers_.workers()) {
    const bool idle = worker.in_flight.empty() && !workers_.is_bound(worker.peer);
    if (worker.state == WorkerState::leaving && idle) {
      actions.push_back({Type::retire, worker.replica});
    }
  }
}

void take_back_trials(Dispatch& workers, Worker& worker) {
  if (worker.state != WorkerState::trial) return;
  std::vector<std::uint64_t> unanswered;
  for (const auto& [id, work] : worker.in_flight) {
    if (can_repeat(work)) unanswered.push_back(id);
  }
  for (const std::uint64_t id : unanswered) workers.take_back(worker, id);
}

}  // namespace flow
