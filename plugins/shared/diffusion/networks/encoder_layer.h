#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "diffusion/networks/layers.h"

namespace files {
class ConfigFile;
}

namespace diffusion {

/// The settings that all layers of one transformer encoder share.
struct EncoderStyle {
  int width, inner_width, heads;
  double epsilon;
  bool quick_gelu;  ///< x * sigmoid(1.702 x), else GELU with the error function
};

/// Reads hidden_size, intermediate_size, num_attention_heads, layer_norm_eps and hidden_act from a
/// transformers configuration. `fallback` has the values of missing keys. Throws Error.
EncoderStyle encoder_style(const files::ConfigFile& config, const EncoderStyle& fallback);

/// transformers `modeling_clip.py`, CLIPEncoderLayer, for the text encoder and vision transformers:
/// attention and two linear layers, each applied to the normalised input and added to the input.
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
