#include "diffusion/schedulers/noise_schedule.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/cumprod.h>
#include <ATen/ops/linspace.h>
#include <ATen/ops/tensor.h>

#include <algorithm>
#include <cmath>
#include <numbers>
#include <vector>

#include "diffusion/formats/diffusion_error.h"

namespace diffusion {
namespace {

// diffusers `betas_for_alpha_bar` with the cosine of Nichol and Dhariwal (arXiv 2102.09672).
at::Tensor cosine_betas(int count) {
  constexpr double kMaxBeta = 0.999;
  const auto alpha_bar = [](double t) {
    const double cosine = std::cos((t + 0.008) / 1.008 * std::numbers::pi / 2);
    return cosine * cosine;
  };
  std::vector<double> betas;
  for (int i = 0; i < count; ++i) {
    const double ratio = alpha_bar((i + 1.0) / count) / alpha_bar(static_cast<double>(i) / count);
    betas.push_back(std::min(1 - ratio, kMaxBeta));
  }
  return at::tensor(betas).to(at::kFloat);
}

at::Tensor betas_of(const SchedulerConfig& config) {
  const int count = config.num_train_timesteps;
  if (!config.trained_betas.empty()) return at::tensor(config.trained_betas).to(at::kFloat);
  if (config.beta_schedule == "squaredcos_cap_v2") return cosine_betas(count);
  const auto options = at::TensorOptions().dtype(at::kFloat);
  if (config.beta_schedule == "linear") {
    return at::linspace(config.beta_start, config.beta_end, count, options);
  }
  return at::linspace(std::sqrt(config.beta_start), std::sqrt(config.beta_end), count, options)
      .square();
}

// Lin et al. (arXiv 2305.08891), algorithm 1: the last timestep keeps no signal.
at::Tensor rescaled_to_zero_snr(const at::Tensor& alphas_cumprod) {
  auto root = alphas_cumprod.sqrt();
  const auto first = root[0].clone(), last = root[-1].clone();
  root = (root - last) * (first / (first - last));
  return root.square();
}

}  // namespace

NoiseSchedule::NoiseSchedule(const std::filesystem::path& model_folder)
    : NoiseSchedule(SchedulerConfig::from_model_folder(model_folder)) {}

NoiseSchedule::NoiseSchedule(const SchedulerConfig& config)
    : alphas_cumprod((1.0 - betas_of(config)).cumprod(0)), config_(config) {
  if (config.rescale_betas_zero_snr) alphas_cumprod = rescaled_to_zero_snr(alphas_cumprod);
}

namespace {

struct Mix {
  at::Tensor signal, noise;  // [batch, 1, 1, 1]
};

Mix mix_at(const at::Tensor& alphas_cumprod, const at::Tensor& timesteps, const at::Tensor& like) {
  const auto steps = timesteps.to(at::kCPU);
  if (steps.dim() != 1 || steps.size(0) != like.size(0) || steps.scalar_type() != at::kLong) {
    throw Error("the noise schedule needs one int64 timestep for each latent");
  }
  if (steps.min().item<std::int64_t>() < 0 ||
      steps.max().item<std::int64_t>() >= alphas_cumprod.size(0)) {
    throw Error("a timestep is outside the schedule's " + std::to_string(alphas_cumprod.size(0)));
  }
  const auto alpha = alphas_cumprod.index_select(0, steps).to(like.device()).reshape({-1, 1, 1, 1});
  return {alpha.sqrt(), (1.0 - alpha).sqrt()};
}

void check_pair(const at::Tensor& latents, const at::Tensor& noise) {
  if (latents.dim() == 4 && latents.sizes() == noise.sizes()) return;
  throw Error("latents and noise must have the same shape [batch, channels, height, width]");
}

}  // namespace

at::Tensor NoiseSchedule::add_noise(const at::Tensor& latents, const at::Tensor& noise,
                                    const at::Tensor& timesteps) const {
  check_pair(latents, noise);
  const auto mix = mix_at(alphas_cumprod, timesteps, latents);
  return mix.signal * latents + mix.noise * noise.to(latents.device());
}

at::Tensor NoiseSchedule::target(const at::Tensor& latents, const at::Tensor& noise,
                                 const at::Tensor& timesteps) const {
  check_pair(latents, noise);
  if (config_.prediction_type == "epsilon") return noise.to(latents.device());
  if (config_.prediction_type == "sample") return latents;
  const auto mix = mix_at(alphas_cumprod, timesteps, latents);
  return mix.signal * noise.to(latents.device()) - mix.noise * latents;
}

}  // namespace diffusion
