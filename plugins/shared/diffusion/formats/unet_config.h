#pragma once

#include <filesystem>
#include <string>
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

  /// Settings of the file that no network here knows, and diffusers' does not: they are passed
  /// over.
  std::vector<std::string> unknown;

  /// Throws Error for a value out of range, and for a setting that is not supported.
  static UNetConfig from_file(const std::filesystem::path& file);
};

}  // namespace diffusion
