#include "flow/dispatch.h"

#include <algorithm>

namespace flow {

Worker& Dispatch::add(Worker worker) {
  remove(worker.peer);
  workers_.push_back(std::move(worker));
  return workers_.back();
}

void Dispatch::remove(const std::string& peer) {
  std::erase_if(workers_, [&](const Worker& worker) { return worker.peer == peer; });
}

Worker* Dispatch::find(const std::string& peer) {
  const auto found = std::find_if(workers_.begin(), workers_.end(),
                                  [&](const Worker& worker) { return worker.peer == peer; });
  return found == workers_.end() ? nullptr : &*found;
}

Worker* Dispatch::choose(const Work& work) {
  const auto bound = bound_.find({work.job, work.hop});
  if (bound != bound_.end()) {
    Worker* worker = find(bound->second);
    return worker != nullptr && worker->credit > 0 ? worker : nullptr;
  }
  Worker* best = nullptr;
  for (auto& worker : workers_) {
    if (!worker.ready || worker.credit == 0) continue;
    if (best == nullptr || worker.credit > best->credit) best = &worker;
  }
  return best;
}

std::optional<std::pair<Worker*, Work*>> Dispatch::next(Time now) {
  for (auto work = waiting_.begin(); work != waiting_.end(); ++work) {
    Worker* worker = choose(*work);
    if (worker == nullptr) continue;
    bound_[{work->job, work->hop}] = worker->peer;
    --worker->credit;
    work->sent = now;
    const std::uint64_t id = work->id;
    Work& kept = worker->in_flight[id] = std::move(*work);
    waiting_.erase(work);
    return std::pair{worker, &kept};
  }
  return std::nullopt;
}

void Dispatch::forget(const std::string& job) {
  std::erase_if(waiting_, [&](const Work& work) { return work.job == job; });
  std::erase_if(bound_, [&](const auto& entry) { return entry.first.first == job; });
}

std::vector<std::size_t> Dispatch::bound_hops(const std::string& job,
                                              const std::string& peer) const {
  std::vector<std::size_t> hops;
  for (const auto& [key, bound_peer] : bound_) {
    if (key.first == job && bound_peer == peer) hops.push_back(key.second);
  }
  return hops;
}

}  // namespace flow
