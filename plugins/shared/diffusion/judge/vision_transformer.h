#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <memory>

#include "diffusion/networks/device.h"

namespace diffusion {

/// The image encoder of ViT, DINO and CLIP (transformers `modeling_vit.py`, `modeling_clip.py`,
/// CLIPVisionTransformer): patches and a class token through a transformer. Several threads may use
/// one.
class VisionTransformer {
 public:
  /// Reads config.json, model.safetensors and, if present, preprocessor_config.json, as
  /// transformers writes them for ViTModel (DINO's too), CLIPVisionModel and
  /// CLIPVisionModelWithProjection. Throws diffusion::Error for a model that it cannot compute.
  explicit VisionTransformer(const std::filesystem::path& folder,
                             at::Device device = diffusion::best_device());
  ~VisionTransformer();
  VisionTransformer(VisionTransformer&&) noexcept;
  VisionTransformer& operator=(VisionTransformer&&) noexcept;

  /// `pixels` [batch, 3, side, side] in [-1, 1], side = sample_size(); this function applies the
  /// model's own mean and deviation. -> [batch, dim], of length 1: the class token after the last
  /// norm (`last_hidden_state[:, 0]`), for CLIP with a projection projected (`image_embeds`).
  at::Tensor operator()(const at::Tensor& pixels) const;

  int sample_size() const;
  at::Device device() const;

 private:
  struct Layers;
  std::unique_ptr<Layers> layers_;
};

}  // namespace diffusion
