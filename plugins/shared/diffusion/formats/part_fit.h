#pragma once

#include <filesystem>

#include "diffusion/formats/text_config.h"
#include "diffusion/formats/unet_config.h"
#include "diffusion/formats/vae_config.h"

namespace diffusion {

/// Whether the parts of a diffusers folder fit each other, by their configurations.

struct FittingParts {
  UNetConfig unet;
  VaeConfig vae;
  TextConfig text;
};

/// Throws Error unless the parts are there and fit: the UNet takes and gives the latents that the
/// VAE makes, attends to what the text encoder gives, and the text encoder knows every token of the
/// tokenizer, as many as it writes at once.
FittingParts fitting_parts(const std::filesystem::path& model_folder);

/// Throws Error that names what the folder is when it is none of Stable Diffusion 1 or 2: another
/// pipeline, one component alone, a LoRA.
void refuse_other_pipeline(const std::filesystem::path& model_folder);

}  // namespace diffusion
