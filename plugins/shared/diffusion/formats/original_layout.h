#pragma once

#include <string>
#include <vector>

#include "diffusion/formats/unet_config.h"
#include "diffusion/formats/vae_config.h"

namespace diffusion {

/// The names that the single files of CompVis and Stability AI give to a model's parts.
inline constexpr const char* kOriginalUNet = "model.diffusion_model.";
inline constexpr const char* kOriginalVae = "first_stage_model.";
inline constexpr const char* kOriginalClip = "cond_stage_model.transformer.";  // Stable Diffusion 1
inline constexpr const char* kOriginalOpenClip = "cond_stage_model.model.";    // 2

/// Layers of the text encoder of Stable Diffusion 2 (OpenCLIP ViT-H): single files have them all,
/// but the last is never used, and diffusers' folders leave it out.
inline constexpr int kOpenClipLayers = 24;

/// One layer's name in diffusers and, below the part's prefix, in the original layout: the tensors
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
/// transformer.py of OpenCLIP, all but the joined projections in_proj_weight and in_proj_bias of
/// `transformer.resblocks.N.attn`, which hold q_proj, k_proj and v_proj one below another, and
/// `positional_embedding`, which is no layer. diffusers' names without `text_model.`.
std::vector<LayerName> original_open_clip_layers(int layers);

}  // namespace diffusion
