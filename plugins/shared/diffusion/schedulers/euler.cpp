#include "diffusion/schedulers/euler.h"

#include <ATen/TensorOperators.h>

#include <algorithm>
#include <cmath>

#include "diffusion/schedulers/noise_levels.h"
#include "diffusion/schedulers/timestep_spacing.h"

namespace diffusion {
namespace {

constexpr const char* kDefaultSpacing = "linspace";

}  // namespace

Euler::Walk Euler::make_walk(const SchedulerConfig& config, int steps) {
  config.refuse(
      {"use_exponential_sigmas", "use_beta_sigmas", "interpolation_type", "timestep_type"});
  const auto training = training_sigmas(config);
  Walk walk;
  walk.timesteps = spaced_timesteps(config, config.timestep_spacing.value_or(kDefaultSpacing),
                                    steps, /*rounded=*/false);
  for (double& timestep : walk.timesteps) timestep = static_cast<float>(timestep);
  walk.sigmas = sigmas_at(walk.timesteps, training);
  if (config.use_karras_sigmas) {
    walk.sigmas = karras_sigmas(config.sigma_min.value_or(walk.sigmas.back()),
                                config.sigma_max.value_or(walk.sigmas.front()), steps);
    for (int i = 0; i < steps; ++i) {
      walk.timesteps[i] = static_cast<float>(timestep_of(walk.sigmas[i], training));
    }
  }
  walk.sigmas.push_back(config.final_sigmas_type == "zero" ? 0.0 : training.front());
  for (double& sigma : walk.sigmas) sigma = static_cast<float>(sigma);
  return walk;
}

Euler::Euler(const SchedulerConfig& config, int steps) : Euler(config, make_walk(config, steps)) {}

Euler::Euler(const SchedulerConfig& config, Walk walk)
    : Scheduler(std::move(walk.timesteps)), config_(config), sigmas_(std::move(walk.sigmas)) {}

double Euler::init_noise_sigma() const {
  const double most = *std::max_element(sigmas_.begin(), sigmas_.end());
  const bool leading = config_.timestep_spacing.value_or(kDefaultSpacing) == "leading";
  return leading ? std::sqrt(most * most + 1) : most;
}

at::Tensor Euler::scale_model_input(const at::Tensor& sample, int index) const {
  return sample / std::sqrt(sigmas_.at(index) * sigmas_.at(index) + 1);
}

at::Tensor Euler::advance(const at::Tensor& output, int index, const at::Tensor& sample) {
  const double sigma = sigmas_[index], change = sigmas_[index + 1] - sigma;
  if (config_.prediction_type == "epsilon") return sample + change * output;
  const double squared = sigma * sigma + 1;
  const auto original = config_.prediction_type == "sample"
                            ? output
                            : sample / squared - sigma / std::sqrt(squared) * output;
  return sample + (sample - original) / sigma * change;
}

}  // namespace diffusion
