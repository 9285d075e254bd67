#pragma once

#include <ATen/core/Tensor.h>

#include "diffusion/networks/text_encoder.h"
#include "diffusion/networks/unet.h"
#include "diffusion/schedulers/noise_schedule.h"

namespace diffusion {

/// A batch of captioned pictures.
struct CaptionedLatents {
  at::Tensor latents;    ///< [batch, 4, h, w], scaled
  at::Tensor ids;        ///< [batch, length] int64
  at::Tensor noise;      ///< like latents
  at::Tensor timesteps;  ///< [batch] int64
};

/// The loss of text-to-image training (diffusers `train_text_to_image.py`): the mean over rows of
/// the squared error of the network's prediction, weighted by min-SNR (min_snr.h) when `snr_gamma`
/// > 0. Gradients reach each of the two networks that requires them.
at::Tensor text_to_image_loss(const TextEncoder& text_encoder, const UNet& unet,
                              const NoiseSchedule& schedule, const CaptionedLatents& batch,
                              double snr_gamma);

}  // namespace diffusion
