#include "sampler/slot_order.h"

#include <cmath>
#include <limits>
#include <utility>

#include "executor/files/shuffle.h"

namespace sampler {
namespace {
constexpr double kRounding = 1e-9;  // of slots; shares are sums of binary fractions
}

SlotOrder::SlotOrder(std::vector<double> shares, std::uint64_t seed)
    : shares_(std::move(shares)),
      seed_(seed),
      chosen_(shares_.size(), 0),
      priority_(shares_.size(), 0) {}

SlotOrder::Slot SlotOrder::at(std::uint64_t slot) {
  while (slots_.size() <= slot) extend();
  return slots_[slot];
}

void SlotOrder::extend() {
  const std::uint64_t slot = slots_.size();
  if (slot % shares_.size() == 0) {
    files::Shuffle order(seed_, files::Purpose::slot_order,
                         static_cast<std::uint32_t>(shares_.size()));
    for (std::size_t i = 0; i < priority_.size(); ++i) priority_[i] = order.at(slot + i);
  }
  std::size_t best = 0;
  double best_deadline = std::numeric_limits<double>::infinity();
  for (std::size_t source = 0; source < shares_.size(); ++source) {
    const double due = static_cast<double>(slot + 1) * shares_[source];
    if (chosen_[source] >= due - kRounding) continue;  // it would be ahead by 1
    const double deadline = std::ceil((chosen_[source] + 1.0) / shares_[source] - kRounding);
    const bool sooner = deadline < best_deadline;
    const bool tie = deadline == best_deadline && priority_[source] < priority_[best];
    if (!sooner && !tie) continue;
    best = source;
    best_deadline = deadline;
  }
  slots_.push_back({static_cast<std::uint32_t>(best), chosen_[best]++});
}

}  // namespace sampler
