#include "compute/time_budget.h"

#include <algorithm>

namespace compute {
namespace {

constexpr double kAtLeast_ms = 10'000;
constexpr double kAtMost_ms = 3'600'000;
constexpr double kSlowestDisk_bytes_per_ms = 20'000;
constexpr double kSlowestCore_flop_per_ms = 50e6;

std::uint32_t at_least(double ms) {
  return static_cast<std::uint32_t>(std::min(kAtLeast_ms + ms, kAtMost_ms));
}

}  // namespace

std::uint32_t time_to_move_ms(std::uint64_t bytes) {
  return at_least(static_cast<double>(bytes) / kSlowestDisk_bytes_per_ms);
}

std::uint32_t time_to_compute_ms(std::uint64_t weights, std::uint64_t positions) {
  return at_least(2 * static_cast<double>(weights) * static_cast<double>(positions) /
                  kSlowestCore_flop_per_ms);
}

}  // namespace compute
