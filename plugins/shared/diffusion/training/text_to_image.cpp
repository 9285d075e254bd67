#include "diffusion/training/text_to_image.h"

#include "diffusion/training/min_snr.h"

namespace diffusion {

at::Tensor text_to_image_loss(const TextEncoder& text_encoder, const UNet& unet,
                              const NoiseSchedule& schedule, const CaptionedLatents& batch,
                              double snr_gamma) {
  const auto context = text_encoder.encode(batch.ids);
  const auto noisy = schedule.add_noise(batch.latents, batch.noise, batch.timesteps);
  const auto target = schedule.target(batch.latents, batch.noise, batch.timesteps);
  return weighted_mse(unet.forward(noisy, batch.timesteps, context), target,
                      min_snr_weights(schedule, batch.timesteps, snr_gamma));
}

}  // namespace diffusion
