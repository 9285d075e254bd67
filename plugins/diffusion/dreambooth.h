#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "diffusion/adamw.h"
#include "diffusion/noise_schedule.h"
#include "diffusion/text_encoder.h"
#include "diffusion/unet.h"

namespace diffusion {

struct TrainOptions {
  double learning_rate = 5e-6;
  double beta1 = 0.9;
  double beta2 = 0.999;
  double epsilon = 1e-8;
  double weight_decay = 1e-2;
  double max_grad_norm = 1.0;
  double prior_loss_weight = 1.0;
};

/// What one optimisation step is made of. The tensors may lie on any device.
struct Batch {
  at::Tensor latents;    ///< [batch, 4, h, w], scaled
  at::Tensor noise;      ///< the same shape
  at::Tensor timesteps;  ///< [batch] int64
  at::Tensor context;    ///< [batch, length, dim]; not read when the text encoder is trained
  int instances = 0;     ///< the first rows are instance pictures, the rest prior pictures
  at::Tensor ids;        ///< [batch, length] int64; read only when the text encoder is trained
};

struct StepResult {
  double loss = 0;  ///< instance_loss + prior_loss_weight * prior_loss
  double instance_loss = 0;
  double prior_loss = 0;  ///< 0 when the batch has no prior rows
  double grad_norm = 0;   ///< before clipping
};

/// DreamBooth with prior preservation (Ruiz et al., arXiv 2208.12242, formula (2)): the mean
/// squared error on the instance rows plus prior_loss_weight times that on the prior rows;
/// gradients clipped by their global norm (torch `clip_grad_norm_`); AdamW. Trains every weight of
/// `unet`, which must outlive it and must not be used elsewhere during step(). One thread.
class DreamBooth {
 public:
  /// With a `text_encoder` its weights are trained too (diffusers `--train_text_encoder`).
  DreamBooth(UNet& unet, const NoiseSchedule& schedule, TrainOptions options,
             TextEncoder* text_encoder = nullptr);
  ~DreamBooth();
  DreamBooth(const DreamBooth&) = delete;
  DreamBooth& operator=(const DreamBooth&) = delete;

  /// Everything that is trained, under the names of the checkpoint.
  const NamedTensors& weights() const { return weights_; }

  /// One optimisation step. Throws Error for shapes that do not fit, and when the loss or a
  /// gradient is not finite: the weights are then as they were before.
  StepResult step(const Batch& batch);

  /// Writes weights and optimiser state into `folder` (made if need be), replacing the checkpoint
  /// that was there: whole or not at all. A run that loads it goes on bit for bit like one that
  /// was never interrupted, on the same build, device and number of threads.
  void save_checkpoint(const std::filesystem::path& folder, std::int64_t step) const;
  /// Returns the `step` it was saved with. Throws Error when there is none, or when it is of
  /// another model or other options of the optimiser; nothing is changed then.
  std::int64_t load_checkpoint(const std::filesystem::path& folder);
  /// After load_checkpoint(): what is not as it was when the checkpoint was written (LibTorch's
  /// version, threads, device), so that the run may differ in the last bits; "" when nothing is.
  const std::string& resume_note() const { return resume_note_; }

 private:
  std::vector<at::Tensor> backward(const Batch& batch, StepResult& result);
  at::Tensor loss_of(const Batch& batch, StepResult& result) const;

  at::Tensor context_of(const Batch& batch) const;

  UNet& unet_;
  TextEncoder* text_encoder_;
  NamedTensors weights_;  // everything that is trained
  NoiseSchedule schedule_;
  TrainOptions options_;
  AdamW optimizer_;
  std::string resume_note_;
};

}  // namespace diffusion
