#include "executor/files/shuffle.h"

#include <numeric>
#include <utility>

namespace files {

Shuffle::Shuffle(std::uint64_t seed, Purpose purpose, std::uint32_t count)
    : seed_(seed), purpose_(purpose), order_(count) {}

std::uint32_t Shuffle::at(std::uint64_t position) {
  const std::uint64_t round = position / order_.size();
  if (round_ != round) deal(round);
  return order_[position % order_.size()];
}

// Fisher and Yates.
void Shuffle::deal(std::uint64_t round) {
  std::iota(order_.begin(), order_.end(), 0U);
  RandomStream generator(seed_, purpose_, round);
  for (auto left = static_cast<std::uint32_t>(order_.size()); left > 1; --left) {
    std::swap(order_[left - 1], order_[generator.below(left)]);
  }
  round_ = round;
}

}  // namespace files
