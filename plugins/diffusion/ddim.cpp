#include "diffusion/ddim.h"

#include <ATen/TensorOperators.h>

#include <cmath>
#include <string>

#include "diffusion/error.h"
#include "diffusion/noise_schedule.h"

namespace diffusion {
namespace {

// diffusers `scheduling_ddim.py`, set_timesteps. std::nearbyint rounds halves to even, as numpy.
std::vector<int> spaced_timesteps(const SchedulerConfig& config, int steps) {
  const int total = config.num_train_timesteps;
  std::vector<int> result;
  for (int i = 0; i < steps; ++i) {
    if (config.timestep_spacing == "leading") {
      result.push_back((steps - 1 - i) * (total / steps) + config.steps_offset);
    } else if (config.timestep_spacing == "trailing") {
      const double stride = static_cast<double>(total) / steps;
      result.push_back(static_cast<int>(std::nearbyint(total - i * stride)) - 1);
    } else {
      const double stride = steps > 1 ? (total - 1.0) / (steps - 1) : 0;
      result.push_back(static_cast<int>(std::nearbyint((steps - 1 - i) * stride)));
    }
  }
  return result;
}

}  // namespace

Ddim::Ddim(const SchedulerConfig& config, int steps) : config_(config) {
  const int total = config.num_train_timesteps;
  if (steps < 1 || steps > total) {
    throw Error("num_inference_steps is " + std::to_string(steps) + "; it must be from 1 to " +
                std::to_string(total));
  }
  timesteps_ = spaced_timesteps(config, steps);
  if (timesteps_.front() >= total) {
    throw Error("num_inference_steps " + std::to_string(steps) + " with steps_offset " +
                std::to_string(config.steps_offset) + " leads past the schedule's " +
                std::to_string(total) + " timesteps; take fewer steps");
  }
  const auto alphas = NoiseSchedule(config).alphas_cumprod;
  const float* alpha = alphas.const_data_ptr<float>();
  for (const int timestep : timesteps_) {
    const int previous = timestep - total / steps;
    alpha_.push_back(alpha[timestep]);
    previous_alpha_.push_back(previous >= 0             ? alpha[previous]
                              : config.set_alpha_to_one ? 1.0
                                                        : alpha[0]);
  }
}

at::Tensor Ddim::step(const at::Tensor& output, int index, const at::Tensor& sample) const {
  if (index < 0 || static_cast<std::size_t>(index) >= timesteps_.size()) {
    throw Error("DDIM has no step " + std::to_string(index));
  }
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
