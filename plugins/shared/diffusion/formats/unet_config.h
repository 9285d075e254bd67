#pragma once

#include <filesystem>
#include <vector>

namespace diffusion {

/// One level of the UNet, as the configuration's parallel lists describe it.
struct UNetLevel {
  int channels;
  int heads;   ///< diffusers calls it attention_head_dim, and means the number of heads
  int layers;  ///< transformer_layers_per_block
  bool down_attention;
  bool up_attention;
};

/// `unet/config.json` for what Stable Diffusion 1 and 2 use of UNet2DConditionModel.
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

  /// Throws Error for a value out of range, for a setting that is not supported, and for one that
  /// this version does not know.
  static UNetConfig from_file(const std::filesystem::path& file);
};

}  // namespace diffusion
