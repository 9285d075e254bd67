#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "diffusion/formats/safetensors_view.h"

namespace diffusion {

/// The diffusers configurations that a single file in the original layout implies. They come from
/// the names and shapes of its tensors, and where these do not tell (heads, norm groups), from
/// Stable Diffusion 1 and 2. Each function requires a file that
/// refuse_other_family() (file_kind.h) lets through, and throws Error for one built differently.

/// `sample_size` is the side of the latents that the model was trained on.
nlohmann::ordered_json infer_unet_config(const SafetensorsView& file, int sample_size);
/// `sample_size` is the side of the pictures.
nlohmann::ordered_json infer_vae_config(const SafetensorsView& file, int sample_size);
nlohmann::ordered_json infer_text_config(const SafetensorsView& file);

/// The prefix of the text encoder's tensors: kOriginalClip with or without `text_model.`, or
/// kOriginalOpenClip.
std::string text_prefix(const SafetensorsView& file);

/// What the network predicts, and the side of the pictures that it was trained on.
struct Training {
  std::string prediction_type;
  int picture_size;
};

/// Reads `modelspec.prediction_type` and `modelspec.resolution` from the metadata, or a NAME.yaml
/// beside the file. Otherwise assumes what diffusers assumes: epsilon at 512 pixels for Stable
/// Diffusion 1, v_prediction at 768 for 2. `prediction_type` is what the caller knows, or empty.
Training infer_training(const SafetensorsView& file, const std::string& prediction_type);

}  // namespace diffusion
