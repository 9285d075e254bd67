#pragma once

#include <ATen/core/Generator.h>
#include <ATen/core/Tensor.h>

#include <string>
#include <vector>

#include "diffusion/tokenizer.h"
#include "diffusion/vae.h"

namespace fitting {

/// The token ids of `texts`: [texts, model_max_length] int64.
at::Tensor ids_of(const diffusion::Tokenizer& tokenizer, const std::vector<std::string>& texts);

/// Latents drawn from the VAE's posterior of `pixels` [n, 3, h, w], scaled: [n, 4, h/f, w/f]
/// float32. No gradients. With `bf16` the network computes in bfloat16.
at::Tensor draw_latents(const diffusion::Vae& vae, const at::Tensor& pixels, bool bf16,
                        at::Generator& random);

}  // namespace fitting
