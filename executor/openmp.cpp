#include "executor/openmp.h"

#include <array>
#include <cstdlib>
#include <string>

namespace executor {

void limit_spinning() {
  constexpr std::array kChosen = {"OMP_WAIT_POLICY", "GOMP_SPINCOUNT", "KMP_BLOCKTIME"};
  for (const char* chosen : kChosen) {
    if (std::getenv(chosen) != nullptr) return;
  }
  ::setenv("GOMP_SPINCOUNT", std::to_string(kOpenMpSpins).c_str(), 0);
}

}  // namespace executor
