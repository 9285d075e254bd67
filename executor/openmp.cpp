#include "executor/openmp.h"

#include <array>
#include <cstdlib>

namespace executor {

void let_waiting_threads_sleep() {
  constexpr std::array kChosen = {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME"};
  for (const char* chosen : kChosen) {
    if (std::getenv(chosen) != nullptr) return;
  }
  ::setenv("OMP_WAIT_POLICY", "passive", 0);
}

}  // namespace executor
