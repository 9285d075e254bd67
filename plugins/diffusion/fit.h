#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <string>

#include "diffusion/adamw.h"
#include "diffusion/unet.h"

namespace diffusion {

struct FitOptions {
  double learning_rate = 1e-3;
  double weight_decay = 1e-2;
  double max_grad_norm = 1.0;
  std::int64_t warmup_steps = 0;
  std::int64_t total_steps = 1;  ///< where the cosine reaches its floor
  /// Of the averaged weights, at most; 0 keeps none.
  double ema_decay = 0;
};

/// The share of the learning rate at `step` (from 0): linear warm-up, then half a cosine down to 0
/// (diffusers `optimization.py`, get_cosine_schedule_with_warmup).
double cosine_share(std::int64_t step, std::int64_t warmup_steps, std::int64_t total_steps);

/// The optimisation that trains a whole model from random weights: AdamW, gradients clipped by
/// their global norm, warm-up and cosine, and an exponential moving average of the weights (decay
/// min(ema_decay, (1 + step) / (10 + step)), as diffusers `training_utils.py`, EMAModel).
/// Changes `weights` in place; they must require gradients. One thread.
class Fit {
 public:
  Fit(NamedTensors weights, FitOptions options);

  /// Goes back through the graph of `loss` and updates once; returns the gradients' norm before
  /// clipping. Throws Error when the loss or a gradient is not finite: the weights are then as they
  /// were before.
  double step(const at::Tensor& loss);

  /// Updates done so far, those before load() included.
  std::int64_t steps_done() const { return optimizer_.steps_done(); }

  /// Weights, moments and averages in one file, whole or not at all.
  void save(const std::filesystem::path& folder) const;
  /// Goes on where save() was called; see read_checkpoint.
  void load(const std::filesystem::path& folder);

  /// While it lives the weights are the averaged ones; without averages nothing changes.
  class Averaged {
   public:
    explicit Averaged(Fit& fit);
    ~Averaged();
    Averaged(const Averaged&) = delete;
    Averaged& operator=(const Averaged&) = delete;

   private:
    Fit& fit_;
  };

 private:
  std::vector<at::Tensor> gradients_of(const at::Tensor& loss);
  void average();
  void swap_averages();

  NamedTensors weights_, averages_;
  FitOptions options_;
  AdamW optimizer_;
};

}  // namespace diffusion
