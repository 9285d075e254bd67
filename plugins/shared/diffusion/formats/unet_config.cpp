#include "diffusion/formats/unet_config.h"

#include "diffusion/formats/diffusion_error.h"
#include "executor/files/json_file.h"

namespace diffusion {
namespace {

constexpr int kMaxChannels = 65536;
constexpr int kMaxLevels = 16;
constexpr int kMaxLayers = 64;
constexpr int kMaxSampleSize = 8192;

const std::vector<std::string>& known_keys() {
  static const std::vector<std::string> keys = {"act_fn",
                                                "addition_embed_type",
                                                "addition_embed_type_num_heads",
                                                "addition_time_embed_dim",
                                                "attention_head_dim",
                                                "attention_type",
                                                "block_out_channels",
                                                "center_input_sample",
                                                "class_embed_type",
                                                "class_embeddings_concat",
                                                "conv_in_kernel",
                                                "conv_out_kernel",
                                                "cross_attention_dim",
                                                "cross_attention_norm",
                                                "down_block_types",
                                                "downsample_padding",
                                                "dropout",
                                                "dual_cross_attention",
                                                "encoder_hid_dim",
                                                "encoder_hid_dim_type",
                                                "flip_sin_to_cos",
                                                "freq_shift",
                                                "in_channels",
                                                "layers_per_block",
                                                "mid_block_only_cross_attention",
                                                "mid_block_scale_factor",
                                                "mid_block_type",
                                                "norm_eps",
                                                "norm_num_groups",
                                                "num_attention_heads",
                                                "num_class_embeds",
                                                "only_cross_attention",
                                                "out_channels",
                                                "projection_class_embeddings_input_dim",
                                                "resnet_out_scale_factor",
                                                "resnet_skip_time_act",
                                                "resnet_time_scale_shift",
                                                "reverse_transformer_layers_per_block",
                                                "sample_size",
                                                "time_cond_proj_dim",
                                                "time_embedding_act_fn",
                                                "time_embedding_dim",
                                                "time_embedding_type",
                                                "timestep_post_act",
                                                "transformer_layers_per_block",
                                                "up_block_types",
                                                "upcast_attention",
                                                "use_linear_projection"};
  return keys;
}

// What changes the arithmetic in ways that Stable Diffusion 1 and 2 do not use. In float32
// upcast_attention changes nothing, so both values are welcome.
void refuse_unsupported(const files::ConfigFile& config) {
  for (const char* key :
       {"addition_embed_type", "addition_time_embed_dim", "class_embed_type",
        "cross_attention_norm", "encoder_hid_dim", "encoder_hid_dim_type", "num_class_embeds",
        "projection_class_embeddings_input_dim", "reverse_transformer_layers_per_block",
        "time_cond_proj_dim", "time_embedding_act_fn", "time_embedding_dim", "timestep_post_act"}) {
    config.only(key, nullptr);
  }
  for (const char* key :
       {"center_input_sample", "class_embeddings_concat", "dual_cross_attention",
        "only_cross_attention", "mid_block_only_cross_attention", "resnet_skip_time_act"}) {
    config.only(key, false);
  }
  config.only("act_fn", "silu");
  config.only("attention_type", "default");
  config.only("conv_in_kernel", 3);
  config.only("conv_out_kernel", 3);
  config.only("downsample_padding", 1);
  config.only("dropout", 0.0);
  config.only("mid_block_scale_factor", 1);
  config.only("mid_block_type", "UNetMidBlock2DCrossAttn");
  config.only("resnet_out_scale_factor", 1.0);
  config.only("resnet_time_scale_shift", "default");
  config.only("time_embedding_type", "positional");
}

std::vector<bool> with_attention(const files::ConfigFile& config, const std::string& key,
                                 const std::string& plain, const std::string& attention,
                                 std::size_t count) {
  std::vector<bool> result;
  for (const auto& name : config.texts(key)) {
    if (name != plain && name != attention) {
      config.fail(key, "has \"" + name + "\"; supported are " + plain + " and " + attention);
    }
    result.push_back(name == attention);
  }
  if (result.size() != count) config.fail(key, "must have an entry for each of block_out_channels");
  return result;
}

std::vector<UNetLevel> read_levels(const files::ConfigFile& config) {
  if (!config.has("block_out_channels") || !config.json()["block_out_channels"].is_array()) {
    config.fail("block_out_channels", "must be a list");
  }
  const std::size_t count = config.json()["block_out_channels"].size();
  if (count == 0 || count > kMaxLevels)
    config.fail("block_out_channels", "has too few or too many");
  const auto channels = config.integers("block_out_channels", 1, kMaxChannels, count);
  const char* heads_key =
      config.has("num_attention_heads") ? "num_attention_heads" : "attention_head_dim";
  const auto heads = config.integers(heads_key, 1, kMaxChannels, count);
  const auto layers = config.has("transformer_layers_per_block")
                          ? config.integers("transformer_layers_per_block", 1, kMaxLayers, count)
                          : std::vector<int>(count, 1);
  const auto down =
      with_attention(config, "down_block_types", "DownBlock2D", "CrossAttnDownBlock2D", count);
  const auto up =
      with_attention(config, "up_block_types", "UpBlock2D", "CrossAttnUpBlock2D", count);
  std::vector<UNetLevel> levels;
  for (std::size_t i = 0; i < count; ++i) {
    levels.push_back({channels[i], heads[i], layers[i], down[i], up[count - 1 - i]});
  }
  return levels;
}

void check_divisible(const files::ConfigFile& config, const UNetConfig& result) {
  for (std::size_t i = 0; i < result.levels.size(); ++i) {
    const auto& level = result.levels[i];
    if (level.channels % result.norm_num_groups != 0) {
      config.fail("block_out_channels", "must be multiples of norm_num_groups");
    }
    const bool attends =
        level.down_attention || level.up_attention || i + 1 == result.levels.size();
    if (attends && level.channels % level.heads != 0) {
      config.fail("attention_head_dim", "(the number of heads) must divide block_out_channels");
    }
  }
  if (result.levels.front().channels % 2 != 0) {
    config.fail("block_out_channels", "must begin with an even number");
  }
}

}  // namespace

UNetConfig UNetConfig::from_file(const std::filesystem::path& file) {
  const files::ConfigFile config(file);
  refuse_unsupported(config);
  UNetConfig result{};
  result.unknown = config.others(known_keys());
  result.in_channels = config.integer("in_channels", 1, kMaxChannels, 4);
  result.out_channels = config.integer("out_channels", 1, kMaxChannels, 4);
  result.sample_size = config.integers("sample_size", 1, kMaxSampleSize, 1).front();
  result.layers_per_block = config.integer("layers_per_block", 1, kMaxLayers, 2);
  result.cross_attention_dim = config.integer("cross_attention_dim", 1, kMaxChannels);
  result.norm_num_groups = config.integer("norm_num_groups", 1, kMaxChannels, 32);
  result.norm_eps = config.number("norm_eps", 0, 1, 1e-5);
  result.freq_shift = config.number("freq_shift", 0, 1, 0);
  result.flip_sin_to_cos = config.flag("flip_sin_to_cos", true);
  result.use_linear_projection = config.flag("use_linear_projection", false);
  result.levels = read_levels(config);
  check_divisible(config, result);
  return result;
}

}  // namespace diffusion
