#pragma once

#include <filesystem>
#include <vector>

namespace diffusion {

/// One level of the UNet, from the configuration's parallel lists.
struct UNetLevel {
  int channels;
  int heads;   ///< diffusers calls it attention_head_dim but means the number of heads
  int layers;  ///< transformer_layers_per_block
  bool down_attention;
  bool up_attention;
};

/// `unet/config.json`: the settings of UNet2DConditionModel that Stable Diffusion 1 and 2 use.
struct UNetConfig {
  int in_channels, out_channels, sample_size;
  int layers_per_block;
  int cross_attention_dim;
  int norm_num_groups;
  double norm_eps;
  double freq_shift;
  bool flip_sin_to_cos;
  bool use_linear_projection;
  std::vector<UNetLevel> levels;  ///< from the finest to the coarsest

  /// Throws Error for a value out of range, and for an unsupported or unknown setting.
  static UNetConfig from_file(const std::filesystem::path& file);
};

}  // namespace diffusion
