#pragma once

#include <ATen/core/Tensor.h>

#include <memory>
#include <vector>

#include "diffusion/formats/scheduler_config.h"

namespace diffusion {

/// One walk from noise to latents. It is made for a number of steps and used once, by one thread,
/// because methods of higher order remember earlier outputs of the network. The caller computes
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

  /// One entry for each call of the network, from most to least noise. PNDM makes one call more
  /// than it has steps. Euler's and Karras' entries are not integers.
  const std::vector<double>& timesteps() const { return timesteps_; }

  /// The factor for standard normal noise before the walk.
  virtual double init_noise_sigma() const { return 1; }

  /// The input of the network at timesteps()[index].
  virtual at::Tensor scale_model_input(const at::Tensor& sample, int index) const;

  /// Turns `sample` at timesteps()[index] and the network's output for it into the sample of the
  /// next step; all have the same shape. Throws Error unless index counts up from 0, one by one.
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
/// Throws Error for another class, and for a setting or number of steps that the scheduler does not
/// support.
std::unique_ptr<Scheduler> make_scheduler(const SchedulerConfig& config, int steps);

}  // namespace diffusion
