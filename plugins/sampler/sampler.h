#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "executor/executor.h"
#include "executor/plugin.h"
#include "sampler/allocation.h"
#include "sampler/batches.h"
#include "sampler/category_latents.h"

namespace sampler {

/// Bounds of the plugin's parameters, both included.
inline constexpr std::int64_t kMaxPriorBatch = 16;
inline constexpr std::int64_t kMaxTimesteps = 1'000'000;
inline constexpr double kMaxGeneralPrior = 0.75;

/// With a strategy that averages a new version of a metamodel is the average of the weights along
/// its training (diffusion/fit.h), about the last quarter of it. On the way the weights swing to
/// and fro from batch to batch, and what they swing away from are the earlier things; the average
/// keeps more of them and learns as much (examples/07_memory). A request that asks for `use_ema`
/// has its own way.
inline constexpr double kGeneralInvGamma = 3;

/// encoded.v1 -> training.v1, then batch.v1 for every step: N instance rows and N prior rows (see
/// Batches), from the step on that the attempt goes on from. Prior rows are pictures that the
/// pretrained model draws of categories, kept under home/cache/prior, and, for a metamodel, the
/// things that it has learned before, of which home/store/replay holds what is needed, and, with
/// a strategy that shows them, words that nothing is taught of. Without prior (prior_loss_weight 0,
/// or a strategy without), N instance rows alone. When a metamodel is retrained
/// (schemas::is_retraining), the instance rows are of all its things, and the prior rows of their
/// categories. What a metamodel is to remember of the new thing is left in staging, or sent there
/// from another host. Keeps nothing else of a job.
class Sampler : public executor::Executor {
 public:
  explicit Sampler(const executor::Setup& setup);

  /// Throws Error(protocol) when the tensors contradict each other; Cancelled.
  void process(const schemas::Message& in, executor::Outbox& out) override;

 private:
  /// Leaves what a metamodel is to remember for the registry, and gets what it remembers.
  void exchange_replay(const schemas::TrainSettings& settings, const Material& material,
                       const schemas::Message& in, executor::Outbox& out) const;
  /// With a batch size, a strategy, and what the strategy asks for. Refuses options that are wrong,
  /// or still open.
  schemas::TrainSettings settled(schemas::TrainSettings settings) const;
  std::vector<Source> prior_of(const schemas::TrainSettings& settings, const Material& material,
                               executor::Outbox& out) const;
  Source source_of(const Share& share, const schemas::TrainSettings& settings,
                   const Material& material, executor::Outbox& out) const;
  /// The things of a metamodel that is retrained, equally.
  std::vector<Source> all_things(const schemas::TrainSettings& settings,
                                 const store::LatentShape& shape, executor::Outbox& out) const;
  /// The pictures of a thing that it learned earlier. A beat.
  store::Posterior recall(const schemas::Replay& thing, const store::LatentShape& shape,
                          executor::Outbox& out) const;
  /// The pictures of a category that the model has seen or sees now.
  store::Posterior seen_of(const std::string& category, const schemas::TrainSettings& settings,
                           const Material& material, executor::Outbox& out) const;

  std::filesystem::path home_;
  std::int64_t batch_size_;  // when the request leaves it open
  std::string strategy_;     // likewise
  double general_;           // part of the prior rows
  std::int64_t num_train_timesteps_;
  CategoryLatents category_;
};

/// The routes that it asks.
std::vector<executor::Call> calls();

}  // namespace sampler
