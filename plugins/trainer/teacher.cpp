#include "trainer/teacher.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/sqrt.h>

namespace trainer {

Teacher::Teacher(const std::filesystem::path& base) : unet_(base), schedule_(base) {}

void Teacher::answer(diffusion::Batch& batch, const at::Tensor& context) const {
  const auto first = static_cast<std::int64_t>(batch.instances);
  const auto count = batch.latents.size(0) - first;
  if (count == 0) return;
  const at::NoGradGuard no_gradients;
  const auto prior = [&](const at::Tensor& rows) { return rows.narrow(0, first, count); };
  const auto timesteps = prior(batch.timesteps);
  const auto noisy = schedule_.add_noise(prior(batch.latents), prior(batch.noise), timesteps);
  const auto output =
      unet_.forward(noisy.to(unet_.device()), timesteps, prior(context)).to(noisy.device());
  const auto signal = schedule_.alphas_cumprod.index_select(0, timesteps).reshape({-1, 1, 1, 1});
  const auto a = at::sqrt(signal), b = at::sqrt(1 - signal);
  at::Tensor latents, noise;
  if (schedule_.prediction_type() == "sample") {
    latents = output;
    noise = (noisy - a * latents) / b;
  } else if (schedule_.prediction_type() == "v_prediction") {
    noise = a * output + b * noisy;
    latents = a * noisy - b * output;
  } else {
    noise = output;
    latents = (noisy - b * noise) / a;
  }
  batch.latents = at::cat({batch.latents.narrow(0, 0, first), latents});
  batch.noise = at::cat({batch.noise.narrow(0, 0, first), noise});
}

}  // namespace trainer
