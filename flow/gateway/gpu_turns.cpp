#include "flow/gateway/gpu_turns.h"

#include <algorithm>

namespace flow {

bool GpuTurns::shares(std::size_t stage) const {
  return std::find(sharing_.begin(), sharing_.end(), stage) != sharing_.end();
}

std::vector<std::string> GpuTurns::peers_at_work(const std::vector<Dispatch>& stages) const {
  std::vector<std::string> peers;
  for (const std::size_t stage : sharing_) {
    for (const auto& worker : stages[stage].workers()) {
      if (!worker.in_flight.empty()) peers.push_back(worker.peer);
    }
  }
  return peers;
}

std::optional<GpuTurns::Turn> GpuTurns::next(std::vector<Dispatch>& stages,
                                             const WaitsFor& waits_for, Time now) {
  const auto busy = peers_at_work(stages);
  const auto may = [&](const Task& work) {
    return std::all_of(busy.begin(), busy.end(),
                       [&](const auto& peer) { return waits_for(peer, work.job); });
  };
  const auto wanting = [&](const Dispatch::May& asked) {
    std::set<std::size_t> found;
    for (const std::size_t stage : sharing_) {
      if (stages[stage].has_next(now, asked)) found.insert(stage);
    }
    return found;
  };
  auto stage = next(wanting({}), !busy.empty(), now);
  if (!stage && !busy.empty()) {
    const auto called = wanting(may);
    if (!called.empty()) stage = *called.begin();
  }
  const auto load = stage ? stages[*stage].next(now, may) : std::nullopt;
  if (!load) return std::nullopt;
  return {{*stage, *load}};
}

std::optional<std::size_t> GpuTurns::next(const std::set<std::size_t>& wanting, bool busy,
                                          Time now) {
  std::erase_if(waiting_, [&](const auto& entry) { return !wanting.contains(entry.first); });
  for (const std::size_t stage : wanting) waiting_.try_emplace(stage, now);
  if (busy || wanting.empty()) return std::nullopt;
  const bool goes_on =
      holder_ && wanting.contains(*holder_) && (wanting.size() == 1 || now - since_ < kTurn);
  if (!goes_on) {
    const auto had = holder_ ? waiting_.find(*holder_) : waiting_.end();
    // Who had the turn waits from now on.
    if (had != waiting_.end() && waiting_.size() > 1) waiting_.erase(had);
    const auto longest =
        std::min_element(waiting_.begin(), waiting_.end(),
                         [](const auto& a, const auto& b) { return a.second < b.second; });
    holder_ = longest->first;
    since_ = now;
    for (const std::size_t stage : wanting) waiting_.try_emplace(stage, now);
  }
  waiting_.erase(*holder_);
  return holder_;
}

}  // namespace flow
