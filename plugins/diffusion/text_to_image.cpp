#include "diffusion/text_to_image.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/ones_like.h>

namespace diffusion {

at::Tensor min_snr_weights(const NoiseSchedule& schedule, const at::Tensor& timesteps,
                           double snr_gamma) {
  const auto alphas = schedule.alphas_cumprod.index_select(0, timesteps.cpu());
  if (snr_gamma <= 0 || schedule.prediction_type() == "sample") return at::ones_like(alphas);
  const auto snr = alphas / (1 - alphas);
  const auto least = snr.clamp_max(snr_gamma);
  return schedule.prediction_type() == "v_prediction" ? least / (snr + 1) : least / snr;
}

at::Tensor text_to_image_loss(const TextEncoder& text_encoder, const UNet& unet,
                              const NoiseSchedule& schedule, const CaptionedLatents& batch,
                              double snr_gamma) {
  const auto context = text_encoder.encode(batch.ids);
  const auto noisy = schedule.add_noise(batch.latents, batch.noise, batch.timesteps);
  const auto target = schedule.target(batch.latents, batch.noise, batch.timesteps);
  const auto error = unet.forward(noisy, batch.timesteps, context) - target;
  const auto rows = (error * error).mean({1, 2, 3});
  return (rows * min_snr_weights(schedule, batch.timesteps, snr_gamma).to(rows.device())).mean();
}

}  // namespace diffusion
