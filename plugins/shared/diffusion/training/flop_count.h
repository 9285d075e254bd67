#pragma once

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <functional>

namespace diffusion {

/// The floating-point operations (two per multiply-add) of the convolutions, linear layers and
/// attentions that `work` calls on this thread. Backward passes do not count. The rest of a network
/// is far below one percent of them.
double count_flops(const std::function<void()>& work);

/// The speed of a product of two square matrices on this machine, in 10^12 operations per second:
/// the best of a few runs. This is the peak to which a network's speed is compared.
double matrix_product_tflops(c10::Device device, c10::ScalarType dtype);

/// Waits until the device has done its queued work. Does nothing on the CPU.
void synchronize(c10::Device device);

}  // namespace diffusion
