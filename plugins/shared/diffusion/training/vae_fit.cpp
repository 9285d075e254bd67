#include "diffusion/training/vae_fit.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/randn.h>

namespace diffusion {

VaeLoss vae_loss(const Vae& vae, const at::Tensor& pixels, at::Generator& random,
                 const VaeLossWeights& weights) {
  const auto posterior = vae.encode(pixels);
  const auto mean = posterior.mean.to(at::kFloat), logvar = posterior.logvar.to(at::kFloat);
  const auto noise = at::randn(mean.sizes(), random).to(mean.device());
  const auto difference =
      vae.decode(mean + (0.5 * logvar).exp() * noise).to(at::kFloat) - pixels.to(mean.device());
  const auto absolute = difference.abs().mean();
  const auto kl = 0.5 * (mean * mean + logvar.exp() - 1.0 - logvar);
  const auto total = absolute + weights.squared * (difference * difference).mean() +
                     weights.kl * kl.sum({1, 2, 3}).mean();
  return {total, absolute.item<double>(), kl.mean().item<double>()};
}

}  // namespace diffusion
