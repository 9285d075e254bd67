#include "diffusion/schedulers/ddim.h"

#include <ATen/TensorOperators.h>

#include <cmath>

#include "diffusion/schedulers/noise_schedule.h"
#include "diffusion/schedulers/timestep_spacing.h"

namespace diffusion {
Ddim::Ddim(const SchedulerConfig& config, int steps)
    : Scheduler(spaced_timesteps(config, config.timestep_spacing.value_or("leading"), steps)),
      config_(config) {
  config.refuse({"thresholding"});
  const auto alphas = NoiseSchedule(config).alphas_cumprod;
  const float* alpha = alphas.const_data_ptr<float>();
  const double last = config.set_alpha_to_one.value_or(true) ? 1.0 : alpha[0];
  for (const double time : timesteps()) {
    const int timestep = static_cast<int>(time);
    const int previous = timestep - config.num_train_timesteps / steps;
    alpha_.push_back(alpha[timestep]);
    previous_alpha_.push_back(previous >= 0 ? alpha[previous] : last);
  }
}

at::Tensor Ddim::advance(const at::Tensor& output, int index, const at::Tensor& sample) {
  const double alpha = alpha_[index], previous = previous_alpha_[index];
  const double signal = std::sqrt(alpha), noise = std::sqrt(1 - alpha);
  at::Tensor original, epsilon;
  if (config_.prediction_type == "epsilon") {
    original = (sample - noise * output) / signal;
    epsilon = output;
  } else if (config_.prediction_type == "v_prediction") {
    original = signal * sample - noise * output;
    epsilon = signal * output + noise * sample;
  } else {
    original = output;
    epsilon = (sample - signal * original) / noise;
  }
  if (config_.clip_sample) {
    original = original.clamp(-config_.clip_sample_range, config_.clip_sample_range);
  }
  return std::sqrt(previous) * original + std::sqrt(1 - previous) * epsilon;
}

}  // namespace diffusion
