#pragma once

#include <ATen/core/Tensor.h>

namespace diffusion {

/// While this object lives, its thread computes convolutions and matrix products in bfloat16 and
/// keeps weights, norms and losses in float32 (torch.autocast). Where the processor has bfloat16
/// arithmetic, large convolutions take half the time. Does nothing when `on` is false.
class Autocast {
 public:
  Autocast(bool on, at::Device device);
  ~Autocast();
  Autocast(const Autocast&) = delete;
  Autocast& operator=(const Autocast&) = delete;

 private:
  bool on_;
  at::DeviceType device_;
};

}  // namespace diffusion
