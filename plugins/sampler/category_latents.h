#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "executor/executor.h"
#include "sampler/batches.h"
#include "sampler/latent_cache.h"
#include "schemas/training.h"

namespace sampler {

/// The route that draws category latents: prior.v1 -> latents.v1.
inline constexpr const char* kPriorRoute = "/prior";

/// Pictures of a category as the pretrained model draws them, as latents. Picture i of a category
/// is the same for every job and owner (its seed follows from the category prompt and i), and is
/// kept.
class CategoryLatents {
 public:
  /// `model` is the identity of the pretrained model; up to `batch` pictures are asked in one call.
  CategoryLatents(LatentCache cache, std::string model, std::int64_t batch);

  /// The first settings.num_class_images pictures, one after another, each of `shape`, scaled. Asks
  /// kPriorRoute for those that are not kept yet, telling progress. Throws Error when the answer
  /// has another shape or is not finite; Cancelled.
  std::vector<float> collect(const schemas::TrainSettings& settings,
                             const store::LatentShape& shape, executor::Outbox& out) const;

  /// 128 bits in hexadecimal over everything that picture `index` depends on.
  std::string key(const schemas::TrainSettings& settings, std::int64_t index) const;

  static std::uint64_t seed(const std::string& category_prompt, std::int64_t index);

 private:
  std::vector<std::vector<float>> draw(const schemas::TrainSettings& settings,
                                       const std::vector<std::int64_t>& indices,
                                       const store::LatentShape& shape,
                                       executor::Outbox& out) const;

  LatentCache cache_;
  std::string model_;
  std::size_t batch_;
};

}  // namespace sampler
