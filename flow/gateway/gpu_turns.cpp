#include "flow/gateway/gpu_turns.h"

#include <algorithm>

namespace flow {

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
