#pragma once

#include <ATen/core/Tensor.h>

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "diffusion/formats/scheduler_config.h"
#include "diffusion/networks/unet.h"
#include "diffusion/training/dreambooth.h"
#include "schemas/progress.h"
#include "schemas/training.h"
#include "trainer/mixture.h"
#include "trainer/teacher.h"

namespace trainer {

/// One UNet in training, and how far it is. Owned by the thread that makes it.
class TrainingJob {
 public:
  /// Loads the UNet of `base` and prepares its training. `context` [rows, length, dim] are the
  /// embedded prompts that batches and sample pictures name by row; `ids` [rows, length] the same
  /// as token ids, needed when the text encoder is trained. `graphs` is TrainOptions::graph. Throws
  /// files::Error for a damaged folder, Error(bad_input) for settings out of range or a context
  /// that does not fit.
  TrainingJob(schemas::TrainSettings settings, std::filesystem::path base, at::Tensor context,
              at::Tensor ids = {}, bool graphs = false);

  /// One optimisation step. `prompts` [rows] are rows of the context. Throws Error(bad_input) when
  /// the loss is not finite or the batch does not fit; the step is then not counted.
  void step(const diffusion::Batch& rows, const at::Tensor& prompts);

  /// Parts that a batch is taken in; see diffusion::DreamBooth.
  std::int64_t parts() const { return dreambooth_.parts(); }

  /// Steps that earlier attempts have done.
  std::int64_t first_step() const { return first_step_; }
  std::int64_t steps_done() const { return static_cast<std::int64_t>(losses_.size()); }
  std::int64_t steps() const { return *settings_.max_train_steps; }
  bool finished() const { return steps_done() == steps(); }
  const schemas::TrainSettings& settings() const { return settings_; }

  /// Whether a checkpoint, or sample pictures, are due after the step that was just done.
  bool checkpoint_due() const;
  bool samples_due() const;

  /// Replaces the checkpoint in `folder`.
  void save_checkpoint(const std::filesystem::path& folder);
  /// Goes on from the checkpoint in `folder`, bit for bit like a run that was never interrupted
  /// (same build, device and threads; else the text says what differs). Only before the first
  /// step(). Throws files::Error when there is none, or it is damaged or of another model.
  std::string resume(const std::filesystem::path& folder);

  /// Latents of the sample pictures: validation prompt, the same seeds each time, so that pictures
  /// show what changed; by the averaged weights when there are any. `on_step` false stops it.
  at::Tensor sample(const std::function<bool(int step, int total)>& on_step);
  /// Draws one picture of the instance prompt in few steps. Throws Error(bad_input) when the model
  /// draws none (see sample_check.h): then it must not be published.
  void check_sample(const std::function<bool(int step, int total)>& on_step);
  /// Throws files::Error unless there is a schedule for what check_sample() and sample() draw.
  void check_schedules() const;
  /// Their seeds: the job's seed and those after it.
  std::vector<std::uint64_t> sample_seeds() const;
  /// The name of the scheduler that samples them.
  std::string scheduler() const { return diffusion::scheduler_name(sampling_); }

  /// How wrong the model is, by the averaged weights when there are any, about the noise in
  /// pictures [pictures, 4, h, w] (means of the VAE's posterior, unscaled) with a prompt's row: the
  /// mean over `draws` noises that are the same each time.
  double loss_on(const at::Tensor& pictures, std::int64_t row, std::int64_t draws);
  /// Between the base and what the training has come to; must not outlive the job.
  Mixture mixture() { return Mixture(dreambooth_, base_); }
  /// Channels, height and width of the model's latents.
  std::array<std::int64_t, 3> latent_shape() const;

  /// Writes the trained model (the averaged weights, when there are any) as a diffusers folder,
  /// replacing what a broken attempt left there, and notes the pretrained model that it goes back
  /// to (diffusion/formats/made_from.h). Throws Error(bad_input) when a weight is not finite.
  void write(const std::filesystem::path& folder, const std::filesystem::path& pretrained,
             const std::string& hash);

  /// Step, total, losses of the last step, time left, last checkpoint.
  schemas::Progress progress() const;
  /// Means over the last tenth of the steps done; prior_loss 0 when they had no prior rows.
  diffusion::StepResult final_losses() const;
  double seconds() const;
  /// Of a checkpoint or of a version: weights, their averages and both moments at most.
  std::uint64_t bytes() const;
  /// How many numbers are trained.
  std::uint64_t weights() const;

 private:
  schemas::TrainSettings settings_;
  std::filesystem::path base_;
  /// The embedding of one prompt as the training has it now.
  at::Tensor prompt(std::int64_t row) const;
  at::Tensor draw(std::int64_t row, const std::vector<std::uint64_t>& seeds, std::int64_t steps,
                  const std::function<bool(int step, int total)>& on_step);

  std::int64_t check_steps() const;

  at::Tensor context_, ids_;
  diffusion::UNet unet_;
  std::optional<diffusion::TextEncoder> text_encoder_;  // when it is trained
  diffusion::DreamBooth dreambooth_;
  std::optional<Teacher> teacher_;  // of the prior rows, when they are distilled
  diffusion::SchedulerConfig sampling_;
  std::vector<diffusion::StepResult> losses_;
  bool with_prior_ = false;  // the last step had prior rows
  std::int64_t checkpoint_step_ = 0;
  std::int64_t first_step_ = 0;  // done by earlier attempts
  std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
};

}  // namespace trainer
