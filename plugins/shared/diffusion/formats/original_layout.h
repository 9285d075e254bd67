#pragma once

#include <string>
#include <vector>

#include "diffusion/formats/unet_config.h"
#include "diffusion/formats/vae_config.h"

namespace diffusion {

/// The prefixes of a model's parts in the single files of CompVis and Stability AI.
inline constexpr const char* kOriginalUNet = "model.diffusion_model.";
inline constexpr const char* kOriginalVae = "first_stage_model.";
inline constexpr const char* kOriginalClip = "cond_stage_model.transformer.";  // Stable Diffusion 1
inline constexpr const char* kOriginalOpenClip = "cond_stage_model.model.";    // 2

/// The number of layers in the text encoder of Stable Diffusion 2 (OpenCLIP ViT-H). Single files
/// have them all, but the last is never used, and diffusers folders leave it out.
inline constexpr int kOpenClipLayers = 24;

/// One layer's name in diffusers, and in the original layout below the part's prefix. The tensors
/// are `NAME.weight` and `NAME.bias`.
struct LayerName {
  std::string diffusers;
  std::string original;
  bool optional = false;     ///< not every configuration has it
  bool convolution = false;  ///< [out, in, 1, 1] in the original where diffusers has [out, in]
};

/// openaimodel.py of CompVis/latent-diffusion, UNetModel.
std::vector<LayerName> original_unet_layers(const UNetConfig& config);
/// model.py of CompVis/latent-diffusion, Encoder and Decoder.
std::vector<LayerName> original_vae_layers(const VaeConfig& config);
/// transformer.py of OpenCLIP, without two exceptions: the joined projections in_proj_weight and
/// in_proj_bias of `transformer.resblocks.N.attn`, which stack q_proj, k_proj and v_proj; and
/// `positional_embedding`, which is not a layer. diffusers' names lack `text_model.`.
std::vector<LayerName> original_open_clip_layers(int layers);

}  // namespace diffusion
