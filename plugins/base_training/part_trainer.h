#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "base_training/training_run.h"
#include "diffusion/training/fit.h"
#include "executor/executor.h"
#include "executor/plugin.h"
#include "schemas/base_training.h"

namespace base_training {

/// A running training: what the trainer of one part of a base model adds to a TrainingRun.
class Training {
 public:
  explicit Training(TrainingRun run) : run(std::move(run)) {}
  virtual ~Training() = default;
  Training(const Training&) = delete;
  Training& operator=(const Training&) = delete;

  virtual diffusion::Fit& fit() = 0;
  /// One step on new pictures, `pixels` [n, 3, h, w] in [-1, 1]. Steps before the settings'
  /// from_step only fill a pool, where there is one. All randomness follows from (seed, step), so
  /// that a resumed run equals the unbroken one.
  virtual void step(const schemas::Captioned& captioned, const at::Tensor& pixels) = 0;
  /// Shows a sheet of samples, drawn with the averaged weights. Does nothing for a part that has no
  /// samples.
  virtual void show_samples(executor::Outbox& /*out*/) {}
  /// Writes the trained part below the run's folder `out`, with the averaged weights in float16.
  virtual void write() = 0;

  TrainingRun run;
};

/// base_training.v1, then a captioned.v1 for every step -> base_trained.v1. Keeps checkpoints and
/// shows samples as the settings say. One training at a time.
class Trainer : public executor::Executor {
 public:
  void process(const schemas::Message& in, executor::Outbox& out) override;
  void ended(const std::string& job, executor::Outcome outcome) override;

 protected:
  explicit Trainer(const executor::Setup& setup);
  /// Starts a training from the folder `model()` that writes to `out()`.
  virtual std::unique_ptr<Training> begin(const schemas::BaseTraining& training) = 0;

  const std::filesystem::path& model() const { return model_; }
  const std::filesystem::path& out() const { return out_; }

 private:
  void step(const schemas::Message& in, executor::Outbox& out);

  std::filesystem::path model_, out_;
  std::string job_;
  std::unique_ptr<Training> training_;
};

/// The handlers of every trainer, and its parameters `model` and `out`.
std::vector<executor::Handler> part_handlers();
std::vector<executor::Param> part_params();

}  // namespace base_training
