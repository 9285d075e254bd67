#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <variant>
#include <vector>

#include "diffusion/networks/attention.h"
#include "diffusion/networks/layers.h"

namespace diffusion {

struct TransformerStyle {
  std::int64_t heads;
  std::int64_t layers;
  std::int64_t context_channels;
  std::int64_t groups;
  bool linear_projection;  ///< proj_in and proj_out are Linear, not 1x1 convolutions
};

/// diffusers `attention.py`, BasicTransformerBlock: self-attention, attention to the context, and a
/// feed-forward layer with GEGLU, each applied to the normalised input and added to the input.
struct TransformerBlock {
  TransformerBlock(const Scope& scope, std::int64_t channels, const TransformerStyle& style);
  /// `x` [batch, tokens, channels].
  at::Tensor operator()(at::Tensor x, const at::Tensor& context) const;

  LayerNorm norm1;
  Attention attn1;
  LayerNorm norm2;
  Attention attn2;
  LayerNorm norm3;
  Linear ff_in;   // ff.net.0.proj
  Linear ff_out;  // ff.net.2
};

/// diffusers `transformer_2d.py`, Transformer2DModel on pictures: GroupNorm (epsilon 1e-6), a
/// projection, blocks with the pixels as tokens, a projection; adds the input.
struct Transformer {
  Transformer(const Scope& scope, std::int64_t channels, const TransformerStyle& style);
  /// `x` [batch, channels, h, w], `context` [batch, length, context_channels].
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& context) const;

  using Projection = std::variant<Linear, Conv2d>;
  GroupNorm norm;
  Projection proj_in;
  std::vector<TransformerBlock> blocks;
  Projection proj_out;
};

}  // namespace diffusion
