#pragma once

#include <cstdint>

namespace executor {

/// The variable of the environment in which a plugin's library finds how many bytes of a GPU's
/// memory this process may take; not set: any number.
inline constexpr const char* kGpuMemoryVariable = "SOUVENIR_GPU_MEMORY";

/// Sets it for whatever is constructed from now on, or takes it away with 0: the flow file alone
/// says it. Call while no other thread reads the environment (libzmq's do not).
void set_gpu_budget(std::int64_t bytes);

}  // namespace executor
