#pragma once

#include <cstdint>

#include "executor/executor.h"
#include "sampler/batches.h"
#include "sampler/category_latents.h"

namespace sampler {

/// Bounds of the plugin's parameters, both included.
inline constexpr std::int64_t kMaxBatchSize = 16;
inline constexpr std::int64_t kMaxAccumulation = 16;  ///< gradient_accumulation_steps of a job
inline constexpr std::int64_t kMaxPriorBatch = 16;
inline constexpr std::int64_t kMaxTimesteps = 1'000'000;

/// encoded.v1 -> training.v1, then batch.v1 for every step: N instance rows and N rows of category
/// pictures (see Batches), from the step on that the attempt goes on from. Without category
/// pictures (prior_loss_weight 0), N instance rows alone. Keeps category latents under
/// home/cache/prior. Keeps nothing of a job.
class Sampler : public executor::Executor {
 public:
  explicit Sampler(const executor::Setup& setup);

  /// Throws Error(protocol) when the tensors contradict each other; Cancelled.
  void process(const schemas::Message& in, executor::Outbox& out) override;

 private:
  std::int64_t batch_size_;  // when the request leaves it open
  std::int64_t num_train_timesteps_;
  CategoryLatents category_;
};

}  // namespace sampler
