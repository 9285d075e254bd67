#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "diffusion/networks/layers.h"

namespace diffusion {

/// Multi-head attention on projected tensors [batch, tokens, channels] (Vaswani et al., arXiv
/// 1706.03762): splits the channels into `heads`, attends with the scale 1 / sqrt(channels /
/// heads), and joins the heads.
at::Tensor attend(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                  std::int64_t heads, bool causal = false);

/// diffusers `attention_processor.py`, Attention: to_q, to_k, to_v (with or without bias) and
/// to_out.0 (with bias).
struct Attention {
  Attention(const Scope& scope, std::int64_t channels, std::int64_t context_channels,
            std::int64_t heads, bool with_bias);
  /// `x` [batch, tokens, channels], `context` [batch, length, context_channels].
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& context) const;

  Linear to_q, to_k, to_v, to_out;
  std::int64_t heads;
};

}  // namespace diffusion
