#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "diffusion/formats/safetensors_view.h"

namespace diffusion {

/// The configurations of diffusers that a single file in the original layout implies: from the
/// names and shapes of its tensors, and for what those do not tell (heads, groups of the norms)
/// from what Stable Diffusion 1 and 2 have. Each throws Error when the file is of another family.

/// Throws Error, with what the file is instead, unless it holds a UNet of Stable Diffusion 1 or 2
/// in the original layout. The others expect that.
void require_original_layout(const SafetensorsView& file);

/// `sample_size` is the side of the latents that the model was trained on.
nlohmann::ordered_json infer_unet_config(const SafetensorsView& file, int sample_size);
/// `sample_size` is the side of the pictures.
nlohmann::ordered_json infer_vae_config(const SafetensorsView& file, int sample_size);
nlohmann::ordered_json infer_text_config(const SafetensorsView& file);

/// Where the text encoder's tensors begin: kOriginalClip with or without `text_model.`, or
/// kOriginalOpenClip.
std::string text_prefix(const SafetensorsView& file);

/// What the network predicts, and the side of the pictures it was trained on.
struct Training {
  std::string prediction_type;
  int picture_size;
};

/// From `modelspec.prediction_type` and `modelspec.resolution` in the metadata, or a NAME.yaml
/// beside the file; otherwise as diffusers takes it: epsilon at 512 pixels for Stable Diffusion 1,
/// v_prediction at 768 for 2. `prediction_type` is what the caller knows, or empty.
Training infer_training(const SafetensorsView& file, const std::string& prediction_type);

}  // namespace diffusion
