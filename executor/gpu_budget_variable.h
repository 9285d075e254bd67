#pragma once

#include <cstdint>

namespace executor {

/// The environment variable that tells a plugin's library how many bytes of GPU memory this process
/// may take. Not set: any number.
inline constexpr const char* kGpuMemoryVariable = "SOUVENIR_GPU_MEMORY";

/// Sets the variable for whatever is constructed from now on. 0 removes it, whatever the process
/// was started with: the flow file alone decides. Call it while no other thread reads the
/// environment (libzmq's threads do not).
void set_gpu_budget(std::int64_t bytes);

}  // namespace executor
