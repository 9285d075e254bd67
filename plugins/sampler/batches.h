#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "sampler/posterior.h"
#include "sampler/shuffle.h"
#include "sampler/slot_order.h"
#include "schemas/message.h"
#include "schemas/training.h"

namespace sampler {

/// Where prior rows come from: pictures of a category as latents, or the posterior of an earlier
/// thing.
struct PriorSource {
  double share = 1;          ///< of all prior rows; those of a job sum to 1
  std::int64_t prompt = 1;   ///< row of the context
  std::vector<float> drawn;  ///< latents of category pictures, scaled, one after another; or
  Posterior learned;         ///< the posterior of the thing's pictures
  std::size_t pictures(std::size_t values_of_one) const;
};

/// What batches are drawn from.
struct Material {
  LatentShape shape{};
  Posterior instance;              ///< of the pictures of the thing that is learned
  std::vector<PriorSource> prior;  ///< empty = no prior rows
  double scaling_factor = 0;
};

/// The batches of one job: batch k is a pure function of (seed, k) and the material.
///
/// Rows: N instance pictures, then N prior pictures (none without prior sources).
///   latents of instance and earlier things: Posterior::sample
///   noise ~ N(0, 1), timesteps uniform in 0..num_train_timesteps-1, one a row
///   prompts: 0 for an instance, else that of the source
/// Every instance picture comes equally often; prior rows go to the sources as SlotOrder says, and
/// within a source every picture comes equally often.
class Batches {
 public:
  Batches(Material material, std::uint64_t seed, std::int64_t batch_size,
          std::int64_t num_train_timesteps);

  /// batch.v1 of a step.
  schemas::Message at(std::int64_t step);

 private:
  struct Rows {
    std::vector<float> latents;
    std::vector<std::int64_t> prompts;
  };
  Rows rows(std::int64_t step);
  std::vector<float> normal(Purpose purpose, std::int64_t step, std::int64_t rows) const;
  std::int64_t put_prior(std::uint64_t slot, std::span<const float> eps, float* latents);
  std::vector<std::int64_t> timesteps(std::int64_t step) const;

  Material material_;
  std::uint64_t seed_;
  std::int64_t batch_size_;  // N
  std::int64_t rows_;        // N or 2N
  std::int64_t num_train_timesteps_;
  std::size_t values_;  // of one picture
  Shuffle instance_order_;
  std::optional<SlotOrder> slots_;    // with prior
  std::vector<Shuffle> prior_order_;  // of the pictures, by source
};

}  // namespace sampler
