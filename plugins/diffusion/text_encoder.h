#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <memory>

#include "diffusion/device.h"

namespace diffusion {

/// The CLIP text transformer of Stable Diffusion 1 and 2 (transformers `modeling_clip.py`,
/// CLIPTextModel): pre-norm layers with a causal mask and no padding mask; the output is the last
/// hidden state after `final_layer_norm`. Inference only; several threads may use one.
class TextEncoder {
 public:
  /// Reads `text_encoder/` of a diffusers folder; float16 weights become float32. Throws Error for
  /// a tensor that is missing, left over or wrong-shaped, and for an unsupported configuration.
  explicit TextEncoder(const std::filesystem::path& model_folder,
                       at::Device device = best_device());
  ~TextEncoder();
  TextEncoder(TextEncoder&&) noexcept;
  TextEncoder& operator=(TextEncoder&&) noexcept;

  /// `ids` [batch, length] int64 -> [batch, length, dim()] float32 on device(). Throws Error when
  /// `length` is over max_length() or an id is not in the vocabulary.
  at::Tensor encode(const at::Tensor& ids) const;

  int max_length() const;
  int dim() const;
  at::Device device() const;

 private:
  struct Network;
  std::unique_ptr<const Network> network_;
};

}  // namespace diffusion
