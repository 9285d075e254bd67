#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace diffusion {

/// `vae/config.json`: the settings of AutoencoderKL that Stable Diffusion 1 and 2 use.
struct VaeConfig {
  int in_channels, out_channels, latent_channels, sample_size;
  int layers_per_block;
  int norm_num_groups;
  double scaling_factor;
  bool mid_block_add_attention, use_quant_conv, use_post_quant_conv;
  std::vector<int> channels;  ///< block_out_channels, from the finest level to the coarsest

  /// Settings of the file that no network here knows, and diffusers' does not: they are passed
  /// over.
  std::vector<std::string> unknown;

  /// Throws Error for a value out of range, and for a setting that is not supported.
  static VaeConfig from_file(const std::filesystem::path& file);
};

}  // namespace diffusion
