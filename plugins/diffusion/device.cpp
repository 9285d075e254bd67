#include "diffusion/device.h"

#include <ATen/Context.h>

namespace diffusion {

at::Device best_device() {
  return at::hasCUDA() ? at::Device(at::kCUDA, 0) : at::Device(at::kCPU);
}

}  // namespace diffusion
