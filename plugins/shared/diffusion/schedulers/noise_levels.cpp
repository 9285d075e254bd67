#include "diffusion/schedulers/noise_levels.h"

#include <ATen/core/Tensor.h>

#include <algorithm>
#include <cmath>

#include "diffusion/schedulers/noise_schedule.h"

namespace diffusion {
namespace {

constexpr float kLeastAlpha = 0x1p-24f;
constexpr double kLeastSigma = 1e-10;
constexpr double kRho = 7;

}  // namespace

std::vector<float> training_sigmas(const SchedulerConfig& config) {
  const auto alphas = NoiseSchedule(config).alphas_cumprod;
  const float* alpha = alphas.const_data_ptr<float>();
  std::vector<float> sigmas;
  for (int t = 0; t < config.num_train_timesteps; ++t) {
    const bool rescaled = config.rescale_betas_zero_snr && t + 1 == config.num_train_timesteps;
    const float a = rescaled ? kLeastAlpha : alpha[t];
    sigmas.push_back(std::sqrt((1 - a) / a));
  }
  return sigmas;
}

std::vector<double> sigmas_at(const std::vector<double>& timesteps,
                              const std::vector<float>& training) {
  std::vector<double> sigmas;
  for (const double timestep : timesteps) {
    const auto low = static_cast<std::size_t>(timestep);
    const double left = training[low], right = training[std::min(low + 1, training.size() - 1)];
    sigmas.push_back(left + (right - left) * (timestep - static_cast<double>(low)));
  }
  return sigmas;
}

std::vector<double> karras_sigmas(double least, double most, int steps) {
  const double from = std::pow(most, 1 / kRho), to = std::pow(least, 1 / kRho);
  std::vector<double> sigmas;
  for (int i = 0; i < steps; ++i) {
    const double ramp = steps > 1 ? static_cast<double>(i) / (steps - 1) : 0;
    sigmas.push_back(std::pow(from + ramp * (to - from), kRho));
  }
  return sigmas;
}

double timestep_of(double sigma, const std::vector<float>& training) {
  const double wanted = std::log(std::max(sigma, kLeastSigma));
  const auto above = std::upper_bound(training.begin(), training.end(), wanted,
                                      [](double log, float s) { return log < std::log(s); });
  const auto before = above == training.begin() ? 0 : above - training.begin() - 1;
  const auto low = std::min<std::ptrdiff_t>(before, std::ssize(training) - 2);
  const float left = std::log(training[low]), right = std::log(training[low + 1]);
  const double weight = std::clamp((left - wanted) / (left - right), 0.0, 1.0);
  return (1 - weight) * static_cast<double>(low) + weight * static_cast<double>(low + 1);
}

}  // namespace diffusion
