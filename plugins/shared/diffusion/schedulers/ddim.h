#pragma once

#include <vector>

#include "diffusion/schedulers/scheduler.h"

namespace diffusion {

/// Deterministic sampling (eta = 0) after Song et al., Denoising Diffusion Implicit Models
/// (arXiv 2010.02502), formula (12), as diffusers `scheduling_ddim.py` computes it.
class Ddim : public Scheduler {
 public:
  /// Throws Error for thresholding, and when steps_offset goes beyond the schedule's last timestep.
  Ddim(const SchedulerConfig& config, int steps);

 private:
  at::Tensor advance(const at::Tensor& model_output, int index, const at::Tensor& sample) override;

  SchedulerConfig config_;
  std::vector<double> alpha_;           // a_t of each step
  std::vector<double> previous_alpha_;  // a_t at the end of each step
};

}  // namespace diffusion
