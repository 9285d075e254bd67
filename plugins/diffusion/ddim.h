#pragma once

#include <ATen/core/Tensor.h>

#include <vector>

#include "diffusion/scheduler_config.h"

namespace diffusion {

/// Deterministic sampling (eta = 0) after Song et al., Denoising Diffusion Implicit Models
/// (arXiv 2010.02502), formula (12), as diffusers `scheduling_ddim.py` computes it. Immutable.
class Ddim {
 public:
  /// `steps` in [1, num_train_timesteps]; Error otherwise, and when steps_offset leads past the
  /// schedule's last timestep (only with nearly as many steps as the schedule has).
  Ddim(const SchedulerConfig& config, int steps);

  /// In the order of the walk, from much noise to none.
  const std::vector<int>& timesteps() const { return timesteps_; }

  /// One step of the walk: `sample` at timesteps()[index] and the network's output for it ->
  /// the sample of the step that follows. Throws Error for an index outside the walk.
  at::Tensor step(const at::Tensor& model_output, int index, const at::Tensor& sample) const;

 private:
  SchedulerConfig config_;
  std::vector<int> timesteps_;
  std::vector<double> alpha_;           // a_t of each step
  std::vector<double> previous_alpha_;  // a_t of where the step leads
};

}  // namespace diffusion
