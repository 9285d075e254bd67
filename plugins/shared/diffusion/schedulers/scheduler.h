#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <vector>

#include "diffusion/formats/scheduler_config.h"

namespace diffusion {

/// One walk from noise to latents. Made for a number of steps, used once, by one thread: the
/// methods of higher order remember what the network said before. The caller computes
///
///     sample = noise * init_noise_sigma();
///     for each i of timesteps():
///       output = network(scale_model_input(sample, i), timesteps()[i]);
///       sample = step(output, i, sample);
class Scheduler {
 public:
  virtual ~Scheduler() = default;
  Scheduler(const Scheduler&) = delete;
  Scheduler& operator=(const Scheduler&) = delete;

  /// One entry for each call of the network, from much noise to none. PNDM calls it once more than
  /// it has steps; Euler and Karras' noise levels lie between whole timesteps.
  const std::vector<double>& timesteps() const { return timesteps_; }

  /// What standard normal noise is multiplied by before the walk.
  virtual double init_noise_sigma() const { return 1; }

  /// What the network is shown at timesteps()[index].
  virtual at::Tensor scale_model_input(const at::Tensor& sample, int index) const;

  /// `sample` at timesteps()[index] and the network's output for it -> the sample of the step that
  /// follows; all of one shape. Throws Error unless index counts up from 0, one by one.
  at::Tensor step(const at::Tensor& model_output, int index, const at::Tensor& sample);

 protected:
  explicit Scheduler(std::vector<double> timesteps) : timesteps_(std::move(timesteps)) {}

 private:
  virtual at::Tensor advance(const at::Tensor& model_output, int index,
                             const at::Tensor& sample) = 0;

  std::vector<double> timesteps_;
  int next_ = 0;
};

/// The scheduler that `config.class_name` names: DDIMScheduler, PNDMScheduler,
/// DPMSolverMultistepScheduler or EulerDiscreteScheduler. `steps` in [1, num_train_timesteps].
/// Throws Error for another class, and for a setting or a number of steps that it cannot do.
std::unique_ptr<Scheduler> make_scheduler(const SchedulerConfig& config, int steps);

}  // namespace diffusion
