#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "diffusion/networks/layers.h"

namespace files {
class ConfigFile;
}

namespace diffusion {

/// What the layers of one transformer encoder have in common.
struct EncoderStyle {
  int width, inner_width, heads;
  double epsilon;
  bool quick_gelu;  ///< x * sigmoid(1.702 x), else GELU with the error function
};

/// Reads hidden_size, intermediate_size, num_attention_heads, layer_norm_eps and hidden_act of a
/// transformers configuration; `fallback` is what an absent key means. Throws Error.
EncoderStyle encoder_style(const files::ConfigFile& config, const EncoderStyle& fallback);

/// transformers `modeling_clip.py`, CLIPEncoderLayer, of the text encoder and of vision
/// transformers: attention and two linear layers, each on a normalised input and added to it.
struct EncoderLayer {
  EncoderLayer(const Scope& scope, const EncoderStyle& style);
  /// `x` [batch, tokens, width].
  at::Tensor operator()(at::Tensor x, bool causal) const;

  LayerNorm norm1;
  Linear q, k, v, out;
  LayerNorm norm2;
  Linear fc1, fc2;
  std::int64_t heads;
  bool quick_gelu;
};

}  // namespace diffusion
