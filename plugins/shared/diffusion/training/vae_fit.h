#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include "diffusion/networks/vae.h"

namespace diffusion {

struct VaeLoss {
  at::Tensor total;       ///< with a graph, when the VAE requires gradients
  double reconstruction;  ///< mean |x - x'|, pixels in [-1, 1]
  double kl;              ///< per latent value, nats
};

struct VaeLossWeights {
  double kl = 1e-6;
  double squared = 1;
};

/// The training loss of an autoencoder with a Gaussian posterior (Kingma and Welling, arXiv
/// 1312.6114; weighted as in latent diffusion, arXiv 2112.10752, without its adversary): mean |x -
/// x'| + squared x mean (x - x')^2 + kl x KL summed over a picture's latent values. `pixels`
/// [batch, 3, h, w] in [-1, 1]; the posterior is sampled with `random`.
VaeLoss vae_loss(const Vae& vae, const at::Tensor& pixels, at::Generator& random,
                 const VaeLossWeights& weights);

}  // namespace diffusion
