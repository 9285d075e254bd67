#pragma once

#include <vector>

#include "diffusion/schedulers/scheduler.h"

namespace diffusion {

/// DPM-Solver++ after Lu et al. (arXiv 2211.01095), the multistep method of first and second order
/// ("2M"), as diffusers `scheduling_dpmsolver_multistep.py` computes it; with Karras' noise levels
/// when use_karras_sigmas is set.
class DpmSolver : public Scheduler {
 public:
  /// Throws Error for solver_order 3, another algorithm_type, and other noise levels.
  DpmSolver(const SchedulerConfig& config, int steps);

 private:
  struct Walk {
    std::vector<double> timesteps, sigmas;  // one sigma more: the end of the last step
  };
  DpmSolver(const SchedulerConfig& config, Walk walk);
  static Walk make_walk(const SchedulerConfig& config, int steps);

  at::Tensor advance(const at::Tensor& model_output, int index, const at::Tensor& sample) override;
  at::Tensor original(const at::Tensor& output, int index, const at::Tensor& sample) const;
  bool first_order(int index) const;

  SchedulerConfig config_;
  std::vector<double> sigmas_;
  at::Tensor previous_;  // the original that the previous step predicted
};

}  // namespace diffusion
