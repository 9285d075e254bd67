#include "diffusion/training/train_batch.h"

#include <ATen/core/IListRef.h>
#include <ATen/ops/cat.h>

#include <string>

#include "diffusion/formats/diffusion_error.h"

namespace diffusion {
namespace {

void check_prompts(const Batch& batch, bool as_ids) {
  const auto& prompts = as_ids ? batch.ids : batch.context;
  if (prompts.defined() && prompts.dim() == (as_ids ? 2 : 3) &&
      prompts.size(0) == batch.latents.size(0)) {
    return;
  }
  throw Error(as_ids ? "a training batch needs the token ids of a prompt for each latent"
                     : "a training batch needs a context for each latent");
}

}  // namespace

bool parts_evenly(const Batch& batch, std::int64_t parts) {
  return batch.instances % parts == 0 && batch.latents.size(0) % parts == 0;
}

void check(const Batch& batch, bool as_ids, std::int64_t parts) {
  const bool rows = batch.latents.defined() && batch.latents.dim() == 4 && batch.instances >= 1 &&
                    batch.instances <= batch.latents.size(0);
  if (!rows) {
    throw Error("a training batch needs latents [batch, channels, height, width] and from 1 to " +
                std::string("batch instance rows"));
  }
  const auto count = batch.latents.size(0);
  const bool fits = batch.noise.defined() && batch.noise.sizes() == batch.latents.sizes() &&
                    batch.timesteps.defined() && batch.timesteps.dim() == 1 &&
                    batch.timesteps.size(0) == count;
  if (!fits) {
    throw Error("a training batch needs noise like its latents, and a timestep for each of them");
  }
  check_prompts(batch, as_ids);
  if (!parts_evenly(batch, parts)) {
    throw Error("a training batch of " + std::to_string(batch.instances) + " instance and " +
                std::to_string(count - batch.instances) + " prior rows does not part into " +
                std::to_string(parts) + " (gradient_accumulation_steps)");
  }
}

at::Tensor part_of(const at::Tensor& rows, std::int64_t instances, std::int64_t k,
                   std::int64_t parts) {
  if (parts == 1) return rows;
  const auto own = instances / parts, prior = (rows.size(0) - instances) / parts;
  return at::cat({rows.narrow(0, k * own, own), rows.narrow(0, instances + k * prior, prior)});
}

}  // namespace diffusion
