#include "executor/gpu_budget_variable.h"

#include <cstdlib>
#include <string>

namespace executor {

void set_gpu_budget(std::int64_t bytes) {
  if (bytes > 0) {
    ::setenv(kGpuMemoryVariable, std::to_string(bytes).c_str(), 1);
  } else {
    ::unsetenv(kGpuMemoryVariable);
  }
}

}  // namespace executor
