#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "memory/task.h"
#include "schemas/memory.h"

namespace memory {

/// The upper bound that strategies are compared with: a model of its own for each thing.
inline constexpr const char* kAlone = "private";

/// One strategy that teaches the things of a suite in one order from one seed.
struct Run {
  std::string strategy;
  std::size_t order = 0;  ///< its place in the suite's
  std::uint64_t seed = 0;

  /// Of its folder and its heat maps: "big-order1-seed7".
  std::string name() const;
  bool alone() const { return strategy == kAlone; }
};

/// All runs of a suite: each strategy in each order from each seed; models that know one thing each
/// in the first order alone. Strategies go by turns, so that a suite that is stopped compares them.
std::vector<Run> runs_of(const schemas::MemorySuite& suite);

/// A run that has been gone through, or a part of it.
struct Done {
  Run run;
  Tasks tasks;
};

}  // namespace memory
