#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace store {

/// Channels, height and width of one picture's latents.
using LatentShape = std::array<std::int64_t, 3>;
std::size_t values_of(const LatentShape& shape);

/// What the VAE's encoder says of pictures, unscaled: one after another, each of values_of(shape)
/// numbers.
struct Posterior {
  std::vector<float> mean;
  std::vector<float> logvar;

  /// Latents of one picture: (mean + exp(logvar / 2) * eps) * scaling_factor, eps ~ N(0, 1)
  /// (diffusers autoencoders/vae.py DiagonalGaussianDistribution: logvar within [-30, 20];
  /// examples/dreambooth/train_dreambooth.py).
  void sample(std::size_t picture, std::span<const float> eps, float scaling_factor,
              float* latents) const;
};

}  // namespace store
