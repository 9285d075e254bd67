#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "evaluation/task_result.h"
#include "schemas/evaluation.h"

namespace evaluation {

/// The upper bound that strategies are compared with: a model of its own for each thing.
inline constexpr const char* kAlone = "private";

/// One strategy that teaches the things of a suite in one order from one seed.
struct SuiteRun {
  std::string strategy;
  std::size_t order = 0;  ///< its place in the suite's
  std::uint64_t seed = 0;

  /// Of its folder and its heat maps: "big-order1-seed7".
  std::string name() const;
  bool alone() const { return strategy == kAlone; }
};

/// All runs of a suite: each strategy in each order from each seed; models that know one thing each
/// in the first order alone. Strategies go by turns, so that a suite that is stopped compares them.
std::vector<SuiteRun> runs_of(const schemas::EvaluationSuite& suite);

/// A run that has been gone through, or a part of it.
struct Done {
  SuiteRun run;
  TaskResults tasks;
};

}  // namespace evaluation
