#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>

#include "diffusion/networks/unet.h"
#include "diffusion/schedulers/noise_schedule.h"
#include "diffusion/training/dreambooth.h"

namespace trainer {

/// The frozen model that a training begins from, which says what it would have predicted on the
/// prior rows: learning without forgetting (Li and Hoiem, arXiv 1606.09282) for a denoiser, so that
/// no picture of a category has to be drawn. Costs one more forward pass over the prior rows, and
/// the memory of the weights.
class Teacher {
 public:
  /// Throws files::Error for a damaged folder.
  explicit Teacher(const std::filesystem::path& base);

  /// Replaces latents x0 and noise n of the prior rows by those that the teacher's prediction
  /// stands for. The noised latents x_t = sqrt(a) x0 + sqrt(1 - a) n stay the same, and what the
  /// network has to predict becomes what the teacher predicts:
  ///   epsilon: n = output; v_prediction: n = sqrt(a) output + sqrt(1 - a) x_t; sample: x0 = output
  /// `context` [rows, length, dim] are the batch's prompts as the base embeds them.
  void answer(diffusion::Batch& batch, const at::Tensor& context) const;

 private:
  diffusion::UNet unet_;
  diffusion::NoiseSchedule schedule_;
};

}  // namespace trainer
