#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <chrono>
#include <filesystem>
#include <string>
#include <vector>

#include "diffusion/training/fit.h"
#include "executor/executor.h"
#include "schemas/base_training.h"

/// What the trainers of the parts of a base model share.
namespace base_training {

/// The bytes of a captioned.v1 as pixels [pictures, 3, side, side] in [-1, 1].
at::Tensor pixels_of(const schemas::Captioned& captioned, const schemas::Message& message);

diffusion::FitOptions options_of(const schemas::TrainBase& settings);

/// Whether the settings ask for bfloat16. Throws Error(bad_input) for an unknown value.
bool wants_bf16(const schemas::TrainBase& settings);

inline constexpr std::int64_t kMaxTrainBatch = 1024;  ///< see CaptionedPool

/// Random numbers that follow from (seed, step) alone.
at::Generator random_of(std::uint64_t seed, std::int64_t step);

/// The state of one training: its step, its losses, and its output in the folder `out`:
/// checkpoint-NAME/, samples/NAME-STEP.png, NAME.csv (one line per ten steps: step, loss, seconds).
class TrainingRun {
 public:
  TrainingRun(std::string name, std::filesystem::path out, schemas::TrainBase settings);

  const schemas::TrainBase& settings() const { return settings_; }
  const std::filesystem::path& out() const { return out_; }
  std::filesystem::path checkpoint_folder() const { return out_ / ("checkpoint-" + name_); }

  /// Loads the checkpoint when the settings say so. When the checkpoint is of another step, throws
  /// Error(bad_input) that names the right from_step.
  void resume(diffusion::Fit& fit);
  /// Counts a finished step.
  void add(double loss);
  std::int64_t steps_done() const { return steps_done_; }
  bool finished() const { return steps_done_ == settings_.max_train_steps; }
  bool checkpoint_due() const;
  bool samples_due() const;
  void save(const diffusion::Fit& fit);
  /// Writes `pixels` [n, 3, h, w] as one sheet and shows it to the client.
  void show(const at::Tensor& pixels, executor::Outbox& out) const;
  schemas::Progress progress() const;
  schemas::BaseTrained result() const;

 private:
  double recent_loss(std::size_t steps) const;

  std::string name_;
  std::filesystem::path out_;
  schemas::TrainBase settings_;
  std::int64_t steps_done_ = 0, checkpoint_step_ = 0;
  std::vector<double> losses_;  // since this process started
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace base_training
