#pragma once

#include <vector>

#include "diffusion/schedulers/scheduler.h"

namespace diffusion {

/// Euler's method on the probability flow of Karras et al. (arXiv 2206.00364), algorithm 2 without
/// churn, as diffusers `scheduling_euler_discrete.py` computes it. The sample is the signal plus
/// sigma times noise; the network gets it divided by sqrt(sigma^2 + 1).
class Euler : public Scheduler {
 public:
  /// Throws Error for noise levels other than the training's and Karras'.
  Euler(const SchedulerConfig& config, int steps);

  double init_noise_sigma() const override;
  at::Tensor scale_model_input(const at::Tensor& sample, int index) const override;

 private:
  struct Walk {
    std::vector<double> timesteps, sigmas;  // one sigma more: the end of the last step
  };
  Euler(const SchedulerConfig& config, Walk walk);
  static Walk make_walk(const SchedulerConfig& config, int steps);

  at::Tensor advance(const at::Tensor& model_output, int index, const at::Tensor& sample) override;

  SchedulerConfig config_;
  std::vector<double> sigmas_;
};

}  // namespace diffusion
