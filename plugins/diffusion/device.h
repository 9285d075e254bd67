#pragma once

#include <c10/core/Device.h>

namespace diffusion {

/// The first CUDA device when LibTorch has CUDA and a device is there, else the CPU.
at::Device best_device();

}  // namespace diffusion
