#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "evaluation/task_result.h"
#include "schemas/evaluation.h"

namespace evaluation {

/// The upper bound for the strategies: a private model for each thing.
inline constexpr const char* kAlone = "private";

/// One strategy that teaches the things of a suite in one order with one seed.
struct SuiteRun {
  std::string strategy;
  std::size_t order = 0;  ///< index into the suite's orders
  std::uint64_t seed = 0;

  /// The name of its folder and heat maps: "big-order1-seed7".
  std::string name() const;
  bool alone() const { return strategy == kAlone; }
};

/// All runs of a suite: each strategy in each order with each seed; private models only in the
/// first order. The strategies alternate, so that a stopped suite can still compare them.
std::vector<SuiteRun> runs_of(const schemas::EvaluationSuite& suite);

/// A finished run, or the finished part of one.
struct Done {
  SuiteRun run;
  TaskResults tasks;
};

}  // namespace evaluation
