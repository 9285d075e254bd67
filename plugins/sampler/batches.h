#pragma once

#include <array>
#include <cstdint>
#include <vector>

#include "sampler/shuffle.h"
#include "schemas/message.h"
#include "schemas/training.h"

namespace sampler {

/// Channels, height and width of one picture's latents.
using LatentShape = std::array<std::int64_t, 3>;
std::size_t values_of(const LatentShape& shape);

/// What batches are drawn from. Every vector holds pictures one after another, each of
/// values_of(shape) numbers.
struct Material {
  LatentShape shape{};
  std::vector<float> mean;  ///< VAE posterior of the instance pictures, unscaled
  std::vector<float> logvar;
  std::vector<float> prior;  ///< latents of category pictures, scaled; empty = no prior rows
  double scaling_factor = 0;
};

/// The batches of one job: batch k is a pure function of (seed, k) and the material.
///
/// Rows: N instance pictures, then N category pictures (none without prior).
///   latents of an instance = (mean + exp(logvar / 2) * eps) * scaling_factor, eps ~ N(0, 1)
///       (diffusers autoencoders/vae.py DiagonalGaussianDistribution: logvar within [-30, 20];
///       examples/dreambooth/train_dreambooth.py)
///   noise ~ N(0, 1), timesteps uniform in 0..num_train_timesteps-1, one a row
///   prompts: 0 for an instance, 1 for a category picture
/// Every instance picture comes equally often, and so does every category picture.
class Batches {
 public:
  Batches(Material material, std::uint64_t seed, std::int64_t batch_size,
          std::int64_t num_train_timesteps);

  /// batch.v1 of a step.
  schemas::Message at(std::int64_t step);

 private:
  void put_instance(std::uint32_t picture, const float* eps, float* latents) const;
  std::vector<float> latents(std::int64_t step);
  std::vector<std::int64_t> timesteps(std::int64_t step) const;

  Material material_;
  std::uint64_t seed_;
  std::int64_t batch_size_;  // N
  std::int64_t rows_;        // N or 2N
  std::int64_t num_train_timesteps_;
  std::size_t values_;  // of one picture
  Shuffle instance_order_;
  Shuffle prior_order_;
};

}  // namespace sampler
