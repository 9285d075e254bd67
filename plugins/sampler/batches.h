#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "executor/files/shuffle.h"
#include "sampler/slot_order.h"
#include "schemas/message.h"
#include "schemas/training.h"
#include "store/posterior.h"

namespace sampler {

/// Where rows come from: pictures of a category as latents, or the posterior of a thing.
struct Source {
  double share = 1;          ///< of all instance or all prior rows; those of a job sum to 1
  std::int64_t prompt = 0;   ///< row of the context
  std::vector<float> drawn;  ///< latents of category pictures, scaled, one after another; or
  store::Posterior learned;  ///< the posterior of the thing's pictures
  std::size_t pictures(std::size_t values_of_one) const;
};

/// What batches are drawn from.
struct Material {
  store::LatentShape shape{};
  std::vector<Source> instance;  ///< the thing that is learned; several in a retraining
  std::vector<Source> prior;     ///< empty = no prior rows
  double scaling_factor = 0;
};

/// Rows of one kind, drawn from their sources as SlotOrder says; within a source every picture
/// comes equally often. A row follows from (sources, seed, slot) and its eps alone.
class Rows {
 public:
  /// One source or more. `purpose` tells the kinds of one job apart.
  Rows(std::vector<Source> sources, files::Purpose purpose, std::uint64_t seed, std::size_t values,
       double scaling_factor);

  /// Writes the latents of a slot, of a posterior with `eps` ~ N(0, 1); returns their prompt.
  std::int64_t put(std::uint64_t slot, std::span<const float> eps, float* latents);

 private:
  std::vector<Source> sources_;
  SlotOrder slots_;
  std::vector<files::Shuffle> pictures_;  // by source
  std::size_t values_;                    // of one picture
  float scale_;
};

/// The batches of one job: batch k is a pure function of (seed, k) and the material.
///
/// Rows: N instance pictures, then N prior pictures (none without prior sources), as Rows says.
///   latents of things: Posterior::sample
///   noise ~ N(0, 1), timesteps uniform in 0..num_train_timesteps-1, one a row
///   prompts: those of the sources
class Batches {
 public:
  Batches(Material material, std::uint64_t seed, std::int64_t batch_size,
          std::int64_t num_train_timesteps);

  /// batch.v1 of a step.
  schemas::Message at(std::int64_t step);

 private:
  struct Drawn {
    std::vector<float> latents;
    std::vector<std::int64_t> prompts;
  };
  Drawn rows(std::int64_t step);
  std::vector<float> normal(files::Purpose purpose, std::int64_t step, std::int64_t rows) const;
  std::vector<std::int64_t> timesteps(std::int64_t step) const;

  store::LatentShape shape_;
  std::uint64_t seed_;
  std::int64_t batch_size_;  // N
  std::int64_t rows_;        // N or 2N
  std::int64_t num_train_timesteps_;
  std::size_t values_;  // of one picture
  Rows instance_;
  std::optional<Rows> prior_;
};

}  // namespace sampler
