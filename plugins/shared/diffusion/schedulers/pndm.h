#pragma once

#include <vector>

#include "diffusion/schedulers/scheduler.h"

namespace diffusion {

/// Pseudo numerical methods after Liu et al. (arXiv 2202.09778), formulas (9), (12) and (13), as
/// diffusers `scheduling_pndm.py` computes them: a linear multistep method of order 4 (PLMS). It
/// starts with one step taken twice (skip_prk_steps, as in Stable Diffusion) or with three
/// Runge-Kutta steps of four calls each. Supports epsilon and v_prediction.
class Pndm : public Scheduler {
 public:
  /// Throws Error for prediction_type sample, and for fewer than 4 steps with Runge-Kutta steps.
  Pndm(const SchedulerConfig& config, int steps);

 private:
  at::Tensor advance(const at::Tensor& model_output, int index, const at::Tensor& sample) override;
  at::Tensor runge_kutta(const at::Tensor& output, int index, const at::Tensor& sample);
  at::Tensor multistep(at::Tensor output, int index, const at::Tensor& sample);
  at::Tensor transfer(const at::Tensor& sample, int from, int to, const at::Tensor& output) const;
  int timestep(int index) const { return static_cast<int>(timesteps()[index]); }

  bool v_prediction_;
  int runge_kutta_calls_;
  int stride_;                 // timesteps between two steps
  std::vector<double> alpha_;  // a_t of every timestep of the training
  double last_alpha_;
  std::vector<at::Tensor> outputs_;  // the latest, at most 4
  at::Tensor kept_sample_;           // the beginning of the current step
  at::Tensor sum_;                   // weighted sum of the Runge-Kutta outputs
};

}  // namespace diffusion
