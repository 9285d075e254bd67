#include "diffusion/networks/device.h"

#include <ATen/Context.h>

#include "diffusion/networks/gpu_memory_cap.h"

namespace diffusion {

at::Device best_device() {
  if (!at::hasCUDA()) return at::Device(at::kCPU);
  static const bool kept = (keep_gpu_budget(), true);  // before anything is on the GPU
  static_cast<void>(kept);
  return at::Device(at::kCUDA, 0);
}

}  // namespace diffusion
