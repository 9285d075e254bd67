#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <optional>

#include "diffusion/networks/layers.h"

namespace diffusion {

/// The settings that all residual blocks of one network share.
struct ResnetStyle {
  std::int64_t groups;
  double epsilon;
  std::int64_t time_channels;  ///< 0: no time embedding (the autoencoder)
};

/// diffusers `resnet.py`, ResnetBlock2D: two convolutions, each after GroupNorm and SiLU, with the
/// time embedding added between them. Adds the input, through a 1x1 convolution when the width
/// changes.
struct ResnetBlock {
  ResnetBlock(const Scope& scope, std::int64_t in, std::int64_t out, const ResnetStyle& style);
  /// `x` [batch, in, h, w]; `activated_time` [batch, time_channels] after SiLU, or undefined.
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& activated_time) const;

  GroupNorm norm1;
  Conv2d conv1;
  std::optional<Linear> time_emb_proj;
  GroupNorm norm2;
  Conv2d conv2;
  std::optional<Conv2d> conv_shortcut;
};

}  // namespace diffusion
