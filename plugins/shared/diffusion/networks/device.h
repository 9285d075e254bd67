#pragma once

#include <c10/core/Device.h>

namespace diffusion {

/// The first CUDA device, held to its budget (gpu_budget.h, also what it throws), or else the CPU.
at::Device best_device();

}  // namespace diffusion
