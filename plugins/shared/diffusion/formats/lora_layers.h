#pragma once

#include <filesystem>
#include <string>

#include "diffusion/formats/part_shapes.h"

namespace diffusion {

/// The layers of Stable Diffusion 1 and 2 that a LoRA (Hu et al., arXiv 2106.09685) may change, and
/// their names. Here a layer is called by its part and diffusers' name:
/// "unet.mid_block.attentions.0.proj_in", "text_encoder.encoder.layers.0.mlp.fc1".
inline constexpr const char* kUNetLayer = "unet.";
inline constexpr const char* kTextLayer = "text_encoder.";

/// Which layers a new LoRA changes.
enum class LoraTargets {
  attention,  ///< the four projections of each attention, in UNet and text encoder
  linear,     ///< what sd-scripts trains: all layers of the UNet's transformers (192 in Stable
              ///< Diffusion 1.5), and attention and feed-forward of the text encoder
  all         ///< what sd-scripts trains with conv_dim: also the layers of the residual blocks, and
              ///< the convolutions that change the size
};

/// The targets of this name; throws Error that lists the names.
LoraTargets lora_targets(const std::string& name);
std::string name_of(LoraTargets targets);
bool is_target(const std::string& layer, LoraTargets targets);

/// Every layer that a file may name, of a model with these tensors, with the shape of its weight:
/// all linear layers and convolutions.
Shapes lora_layers(const Shapes& unet, const Shapes& text_encoder);
/// Of the model in a diffusers folder, by its configurations. Throws Error.
Shapes lora_layers(const std::filesystem::path& model_folder);

/// A layer as sd-scripts names it: "lora_unet_mid_block_attentions_0_proj_in",
/// "lora_te_text_model_encoder_layers_0_mlp_fc1".
std::string kohya_name(const std::string& layer);
/// As diffusers names it for peft: "text_encoder.text_model.encoder.layers.0.mlp.fc1".
std::string peft_name(const std::string& layer);

}  // namespace diffusion
