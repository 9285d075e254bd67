#include "evaluation/suite_run.h"

namespace evaluation {

std::string SuiteRun::name() const {
  return strategy + "-order" + std::to_string(order + 1) + "-seed" + std::to_string(seed);
}

std::vector<SuiteRun> runs_of(const schemas::EvaluationSuite& suite) {
  std::vector<SuiteRun> runs;
  for (const auto seed : suite.seeds) {
    for (std::size_t order = 0; order < suite.orders.size(); ++order) {
      for (const auto& strategy : suite.strategies) {
        if (strategy != kAlone || order == 0) runs.push_back({strategy, order, seed});
      }
    }
  }
  return runs;
}

}  // namespace evaluation
