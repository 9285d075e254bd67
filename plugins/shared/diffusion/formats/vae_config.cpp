#include "diffusion/formats/vae_config.h"

#include "executor/files/json_file.h"

namespace diffusion {
namespace {

constexpr int kMaxChannels = 65536;
constexpr int kMaxLevels = 8;
constexpr int kMaxLayers = 64;
constexpr int kMaxSampleSize = 16384;
constexpr int kDefaultSampleSize = 512;
constexpr double kDefaultScalingFactor = 0.18215;  // diffusers' own default for AutoencoderKL

const std::vector<std::string>& known_keys() {
  static const std::vector<std::string> keys = {"act_fn",
                                                "block_out_channels",
                                                "down_block_types",
                                                "force_upcast",
                                                "in_channels",
                                                "latent_channels",
                                                "latents_mean",
                                                "latents_std",
                                                "layers_per_block",
                                                "mid_block_add_attention",
                                                "norm_num_groups",
                                                "out_channels",
                                                "sample_size",
                                                "scaling_factor",
                                                "shift_factor",
                                                "up_block_types",
                                                "use_post_quant_conv",
                                                "use_quant_conv"};
  return keys;
}

void refuse_unsupported(const files::ConfigFile& config) {
  config.only("act_fn", "silu");
  for (const char* key : {"latents_mean", "latents_std", "shift_factor"}) config.only(key, nullptr);
}

void check_types(const files::ConfigFile& config, const std::string& key, const std::string& only,
                 std::size_t count) {
  const auto types = config.texts(key);
  if (types.size() != count) config.fail(key, "must have an entry for each of block_out_channels");
  for (const auto& type : types) {
    if (type != only) config.fail(key, "has \"" + type + "\"; supported is " + only);
  }
}

}  // namespace

VaeConfig VaeConfig::from_file(const std::filesystem::path& file) {
  const files::ConfigFile config(file);
  refuse_unsupported(config);
  if (!config.has("block_out_channels") || !config.json()["block_out_channels"].is_array()) {
    config.fail("block_out_channels", "must be a list");
  }
  const std::size_t count = config.json()["block_out_channels"].size();
  if (count == 0 || count > kMaxLevels)
    config.fail("block_out_channels", "has too few or too many");
  check_types(config, "down_block_types", "DownEncoderBlock2D", count);
  check_types(config, "up_block_types", "UpDecoderBlock2D", count);
  VaeConfig result{};
  result.unknown = config.others(known_keys());
  result.channels = config.integers("block_out_channels", 1, kMaxChannels, count);
  result.in_channels = config.integer("in_channels", 1, kMaxChannels, 3);
  result.out_channels = config.integer("out_channels", 1, kMaxChannels, 3);
  result.latent_channels = config.integer("latent_channels", 1, kMaxChannels, 4);
  result.layers_per_block = config.integer("layers_per_block", 1, kMaxLayers, 1);
  result.norm_num_groups = config.integer("norm_num_groups", 1, kMaxChannels, 32);
  result.sample_size = config.has("sample_size")
                           ? config.integers("sample_size", 1, kMaxSampleSize, 1).front()
                           : kDefaultSampleSize;
  result.scaling_factor = config.number("scaling_factor", 1e-6, 1e6, kDefaultScalingFactor);
  result.mid_block_add_attention = config.flag("mid_block_add_attention", true);
  result.use_quant_conv = config.flag("use_quant_conv", true);
  result.use_post_quant_conv = config.flag("use_post_quant_conv", true);
  for (const int channels : result.channels) {
    if (channels % result.norm_num_groups != 0) {
      config.fail("block_out_channels", "must be multiples of norm_num_groups");
    }
  }
  return result;
}

}  // namespace diffusion
