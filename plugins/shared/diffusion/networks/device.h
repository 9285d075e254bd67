#pragma once

#include <c10/core/Device.h>

namespace diffusion {

/// The first CUDA device, limited to its budget (gpu_memory_cap.h, also for what it throws); the
/// CPU when there is none.
at::Device best_device();

}  // namespace diffusion
