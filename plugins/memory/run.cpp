#include "memory/run.h"

namespace memory {

std::string Run::name() const {
  return strategy + "-order" + std::to_string(order + 1) + "-seed" + std::to_string(seed);
}

std::vector<Run> runs_of(const schemas::MemorySuite& suite) {
  std::vector<Run> runs;
  for (const auto& strategy : suite.strategies) {
    const std::size_t orders = strategy == kAlone ? 1 : suite.orders.size();
    for (std::size_t order = 0; order < orders; ++order) {
      for (const auto seed : suite.seeds) runs.push_back({strategy, order, seed});
    }
  }
  return runs;
}

}  // namespace memory
