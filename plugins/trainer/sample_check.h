#pragma once

#include <ATen/core/Tensor.h>

namespace trainer {

/// Spread of the values of one picture's latents over its pixels. Those of real pictures are near
/// 1: the VAE's scaling_factor is chosen so.
inline constexpr double kLeastSpread = 0.01;
inline constexpr double kMostSpread = 30;

/// Refuses a model whose sample `latents` [1, 4, h, w] are no picture: not finite, the same all
/// over, or beyond what the VAE shows as anything but one colour. Throws Error(bad_input).
void require_picture(const at::Tensor& latents);

}  // namespace trainer
