#pragma once

#include <c10/core/Device.h>
#include <c10/core/ScalarType.h>

#include <functional>

namespace diffusion {

/// The floating-point operations (two a multiply-add) of the convolutions, linear layers and
/// attentions that `work` calls on this thread; what their backward passes call is not counted. The
/// rest of a network is far below a hundredth of them.
double count_flops(const std::function<void()>& work);

/// What a matrix product of two square matrices reaches here, in 10^12 operations a second: the
/// best of a few runs. The peak that a network's figure is a share of.
double matrix_product_tflops(c10::Device device, c10::ScalarType dtype);

/// Waits until the device has done what it was given; nothing on the CPU.
void synchronize(c10::Device device);

}  // namespace diffusion
