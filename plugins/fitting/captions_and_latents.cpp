#include "fitting/captions_and_latents.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>

#include "diffusion/autocast.h"

namespace fitting {

at::Tensor ids_of(const diffusion::Tokenizer& tokenizer, const std::vector<std::string>& texts) {
  std::vector<std::int64_t> ids;
  for (const auto& text : texts) {
    for (const auto id : tokenizer.encode(text)) ids.push_back(id);
  }
  return at::tensor(ids).reshape({static_cast<std::int64_t>(texts.size()), -1});
}

at::Tensor draw_latents(const diffusion::Vae& vae, const at::Tensor& pixels, bool bf16,
                        at::Generator& random) {
  const at::NoGradGuard no_gradients;
  const diffusion::Autocast autocast(bf16, vae.device());
  const auto posterior = vae.encode(pixels);
  const auto mean = posterior.mean.to(at::kFloat), logvar = posterior.logvar.to(at::kFloat);
  const auto noise = at::randn(mean.sizes(), random).to(mean.device());
  return (mean + (0.5 * logvar).exp() * noise) * vae.scaling_factor();
}

}  // namespace fitting
