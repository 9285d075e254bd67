#include "memory/run.h"

namespace memory {

std::string Run::name() const {
  return strategy + "-order" + std::to_string(order + 1) + "-seed" + std::to_string(seed);
}

std::vector<Run> runs_of(const schemas::MemorySuite& suite) {
  std::vector<Run> runs;
  for (const auto seed : suite.seeds) {
    for (std::size_t order = 0; order < suite.orders.size(); ++order) {
      for (const auto& strategy : suite.strategies) {
        if (strategy != kAlone || order == 0) runs.push_back({strategy, order, seed});
      }
    }
  }
  return runs;
}

}  // namespace memory
