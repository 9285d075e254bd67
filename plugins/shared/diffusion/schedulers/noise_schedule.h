#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <string>

#include "diffusion/formats/scheduler_config.h"

namespace diffusion {

/// The noise of the training: how much each timestep has, and what the network must predict
/// (diffusers `scheduling_ddpm.py`: `add_noise`, `get_velocity`). Immutable.
class NoiseSchedule {
 public:
  /// Reads `scheduler/scheduler_config.json` of a diffusers folder.
  explicit NoiseSchedule(const std::filesystem::path& model_folder);
  explicit NoiseSchedule(const SchedulerConfig& config);

  /// `sqrt(a_t) * latents + sqrt(1 - a_t) * noise`; `timesteps` [batch] int64. The result is on
  /// the device of `latents`. Throws Error for a timestep outside the schedule.
  at::Tensor add_noise(const at::Tensor& latents, const at::Tensor& noise,
                       const at::Tensor& timesteps) const;
  /// epsilon: `noise`; v_prediction: `sqrt(a_t) * noise - sqrt(1 - a_t) * latents`;
  /// sample: `latents`.
  at::Tensor target(const at::Tensor& latents, const at::Tensor& noise,
                    const at::Tensor& timesteps) const;

  int num_train_timesteps() const { return config_.num_train_timesteps; }
  const std::string& prediction_type() const { return config_.prediction_type; }
  const SchedulerConfig& config() const { return config_; }

  /// a_t, the share of the signal at timestep t: [num_train_timesteps] float32, on the CPU.
  at::Tensor alphas_cumprod;

 private:
  SchedulerConfig config_;
};

}  // namespace diffusion
