#pragma once

#include <ATen/core/Tensor.h>

#include <optional>
#include <vector>

#include "diffusion/networks/layers.h"
#include "diffusion/networks/resnet_block.h"
#include "diffusion/networks/transformer.h"

namespace diffusion {

/// What every block of a pass gets in addition to its input.
struct Conditions {
  at::Tensor activated_time;  ///< [batch, time_channels] after SiLU
  at::Tensor context;         ///< [batch, length, context_channels]
  /// Whether the backward pass recomputes the inside of each layer (gradient_checkpoint.h).
  bool checkpointing = false;
};

/// diffusers `unet_2d_blocks.py`: DownBlock2D and CrossAttnDownBlock2D (with transformers).
struct DownBlock {
  at::Tensor operator()(at::Tensor x, const Conditions& conditions,
                        std::vector<at::Tensor>& skips) const;
  std::vector<ResnetBlock> resnets;
  std::vector<Transformer> attentions;  ///< empty, or one for each of `resnets`
  std::optional<Conv2d> downsampler;    ///< none at the coarsest level
};

/// UNetMidBlock2DCrossAttn with one transformer.
struct MidBlock {
  at::Tensor operator()(at::Tensor x, const Conditions& conditions) const;
  ResnetBlock resnet0;
  Transformer attention;
  ResnetBlock resnet1;
};

/// UpBlock2D and CrossAttnUpBlock2D. Takes its skip connections from the end of `skips`.
struct UpBlock {
  at::Tensor operator()(at::Tensor x, const Conditions& conditions,
                        std::vector<at::Tensor>& skips) const;
  std::vector<ResnetBlock> resnets;
  std::vector<Transformer> attentions;
  std::optional<Conv2d> upsampler;  ///< none at the finest level
};

}  // namespace diffusion
