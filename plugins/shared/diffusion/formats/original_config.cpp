#include "diffusion/formats/original_config.h"

#include <cstdio>

#include "diffusion/formats/diffusion_error.h"
#include "diffusion/formats/original_layout.h"
#include "diffusion/formats/original_yaml.h"

namespace diffusion {
namespace {

using Json = nlohmann::ordered_json;
using Shape = std::vector<std::uint64_t>;

constexpr std::uint64_t kHeads = 8;       // of every level in Stable Diffusion 1
constexpr std::uint64_t kHeadWidth = 64;  // in Stable Diffusion 2, and in both text encoders
constexpr std::uint64_t kGroups = 32;
constexpr std::size_t kMaxLevels = 16;
constexpr int kPictureSize1 = 512, kPictureSize2 = 768;
constexpr int kLeastPictureSize = 8, kMostPictureSize = 4096;

// Looks at shapes below one of the prefixes.
class Part {
 public:
  Part(const SafetensorsView& file, std::string prefix) : file_(file), prefix_(std::move(prefix)) {}

  bool has(const std::string& name) const { return file_.find(prefix_ + name) != nullptr; }
  const Shape& shape(const std::string& name, std::size_t dimensions = 0) const {
    const auto* entry = file_.find(prefix_ + name);
    if (entry == nullptr) {
      throw Error(file_.path().string() + ": has no tensor \"" + prefix_ + name +
                  "\"; it is no whole checkpoint of Stable Diffusion 1 or 2");
    }
    if (dimensions != 0 && entry->shape.size() != dimensions) {
      throw Error(file_.path().string() + ": \"" + prefix_ + name + "\" has " +
                  std::to_string(entry->shape.size()) + " dimensions, expected " +
                  std::to_string(dimensions));
    }
    return entry->shape;
  }
  // How many of NAME0SUFFIX, NAME1SUFFIX, ... there are.
  std::size_t count(const std::string& name, const std::string& suffix) const {
    std::size_t count = 0;
    while (has(name + std::to_string(count) + suffix)) ++count;
    return count;
  }
  [[noreturn]] void fail(const std::string& cause) const {
    throw Error(file_.path().string() + ": " + cause);
  }

 private:
  const SafetensorsView& file_;
  std::string prefix_;
};

struct Level {
  std::uint64_t channels = 0;
  std::size_t resnets = 0, transformer_blocks = 0;
  bool attention = false;
};

std::size_t transformer_blocks(const Part& unet, const std::string& place) {
  return unet.count(place + ".transformer_blocks.", ".norm1.weight");
}

std::vector<Level> down_levels(const Part& unet) {
  std::vector<Level> levels(1);
  for (std::size_t n = 1; levels.size() <= kMaxLevels; ++n) {
    const std::string place = "input_blocks." + std::to_string(n);
    if (unet.has(place + ".0.op.weight")) {
      levels.emplace_back();
    } else if (unet.has(place + ".0.in_layers.2.weight")) {
      auto& level = levels.back();
      level.channels = unet.shape(place + ".0.in_layers.2.weight", 4)[0];
      ++level.resnets;
      level.attention = unet.has(place + ".1.norm.weight");
      level.transformer_blocks = transformer_blocks(unet, place + ".1");
    } else {
      break;
    }
  }
  for (const auto& level : levels) {
    if (level.resnets == 0 || level.resnets != levels.front().resnets) {
      unet.fail("its UNet does not have as many blocks at each level");
    }
  }
  return levels;
}

template <typename Value>
Json list_of(const std::vector<Level>& levels, Value value) {
  Json list = Json::array();
  for (const auto& level : levels) list.push_back(value(level));
  return list;
}

std::string prediction_in_metadata(const SafetensorsView& file) {
  const auto& metadata = file.metadata();
  const auto type = metadata.find("modelspec.prediction_type");
  if (type != metadata.end()) return type->second == "v" ? "v_prediction" : "epsilon";
  const auto family = metadata.find("modelspec.architecture");
  if (family == metadata.end()) return "";
  if (family->second == "stable-diffusion-v2-512") return "epsilon";
  return family->second == "stable-diffusion-v2-768-v" ? "v_prediction" : "";
}

int size_in_metadata(const SafetensorsView& file) {
  const auto text = file.metadata().find("modelspec.resolution");
  int width = 0, height = 0;
  if (text == file.metadata().end() ||
      std::sscanf(text->second.c_str(), "%5dx%5d", &width, &height) != 2) {
    return 0;
  }
  return width >= kLeastPictureSize && width <= kMostPictureSize ? width : 0;
}

}  // namespace

std::string text_prefix(const SafetensorsView& file) {
  const std::string clip = kOriginalClip;
  for (const auto& prefix : {clip + "text_model.", clip}) {
    if (file.find(prefix + "embeddings.token_embedding.weight")) return prefix;
  }
  if (file.find(std::string(kOriginalOpenClip) + "token_embedding.weight")) {
    return kOriginalOpenClip;
  }
  throw Error(file.path().string() + ": has no text encoder (" + clip + "* or " +
              kOriginalOpenClip + "*)");
}

Json infer_unet_config(const SafetensorsView& file, int sample_size) {
  const Part unet(file, kOriginalUNet);
  const auto levels = down_levels(unet);
  const bool linear = unet.shape("middle_block.1.proj_in.weight").size() == 2;
  const auto up_attention = [&](std::size_t level) {
    const auto block = (levels.size() - 1 - level) * (levels.front().resnets + 1);
    return unet.has("output_blocks." + std::to_string(block) + ".1.norm.weight");
  };
  Json up = Json::array();
  for (std::size_t i = levels.size(); i-- > 0;) {
    up.push_back(up_attention(i) ? "CrossAttnUpBlock2D" : "UpBlock2D");
  }
  const auto middle = transformer_blocks(unet, "middle_block.1");
  const bool one = middle == 1;
  return {
      {"_class_name", "UNet2DConditionModel"},
      {"act_fn", "silu"},
      {"attention_head_dim",
       linear ? list_of(levels, [](const Level& l) { return l.channels / kHeadWidth; })
              : Json(kHeads)},
      {"block_out_channels", list_of(levels, [](const Level& l) { return l.channels; })},
      {"center_input_sample", false},
      {"cross_attention_dim",
       unet.shape("middle_block.1.transformer_blocks.0.attn2.to_k.weight", 2)[1]},
      {"down_block_types", list_of(levels,
                                   [](const Level& l) {
                                     return l.attention ? "CrossAttnDownBlock2D" : "DownBlock2D";
                                   })},
      {"downsample_padding", 1},
      {"flip_sin_to_cos", true},
      {"freq_shift", 0},
      {"in_channels", unet.shape("input_blocks.0.0.weight", 4)[1]},
      {"layers_per_block", levels.front().resnets},
      {"mid_block_scale_factor", 1},
      {"norm_eps", 1e-5},
      {"norm_num_groups", kGroups},
      {"out_channels", unet.shape("out.2.weight", 4)[0]},
      {"sample_size", sample_size},
      {"transformer_layers_per_block",
       one ? Json(1)
           : list_of(levels,
                     [&](const Level& l) { return l.attention ? l.transformer_blocks : middle; })},
      {"up_block_types", up},
      {"use_linear_projection", linear}};
}

Json infer_vae_config(const SafetensorsView& file, int sample_size) {
  const Part vae(file, kOriginalVae);
  Json channels = Json::array(), down = Json::array(), up = Json::array();
  for (std::size_t i = 0; i < kMaxLevels; ++i) {
    const std::string name = "encoder.down." + std::to_string(i) + ".block.0.conv1.weight";
    if (!vae.has(name)) break;
    channels.push_back(vae.shape(name, 4)[0]);
    down.push_back("DownEncoderBlock2D");
    up.push_back("UpDecoderBlock2D");
  }
  return {{"_class_name", "AutoencoderKL"},
          {"act_fn", "silu"},
          {"block_out_channels", channels},
          {"down_block_types", down},
          {"in_channels", vae.shape("encoder.conv_in.weight", 4)[1]},
          {"latent_channels", vae.shape("decoder.conv_in.weight", 4)[1]},
          {"layers_per_block", vae.count("encoder.down.0.block.", ".conv1.weight")},
          {"norm_num_groups", kGroups},
          {"out_channels", vae.shape("decoder.conv_out.weight", 4)[0]},
          {"sample_size", sample_size},
          {"scaling_factor", 0.18215},
          {"up_block_types", up}};
}

Json infer_text_config(const SafetensorsView& file) {
  const auto prefix = text_prefix(file);
  const bool open = prefix == kOriginalOpenClip;
  const Part text(file, prefix);
  const auto& words =
      text.shape(open ? "token_embedding.weight" : "embeddings.token_embedding.weight", 2);
  const auto& places =
      text.shape(open ? "positional_embedding" : "embeddings.position_embedding.weight", 2);
  const std::string layer = open ? "transformer.resblocks." : "encoder.layers.";
  const std::string first = open ? ".ln_1.weight" : ".layer_norm1.weight";
  const auto found = text.count(layer, first);
  const auto layers = open && found == kOpenClipLayers ? found - 1 : found;
  const auto& inner = text.shape(layer + "0.mlp." + (open ? "c_fc" : "fc1") + ".weight", 2);
  return {{"architectures", {"CLIPTextModel"}},
          {"attention_dropout", 0.0},
          {"bos_token_id", 0},
          {"dropout", 0.0},
          {"eos_token_id", 2},
          {"hidden_act", open ? "gelu" : "quick_gelu"},
          {"hidden_size", words[1]},
          {"initializer_factor", 1.0},
          {"initializer_range", 0.02},
          {"intermediate_size", inner[0]},
          {"layer_norm_eps", 1e-5},
          {"max_position_embeddings", places[0]},
          {"model_type", "clip_text_model"},
          {"num_attention_heads", words[1] / kHeadWidth},
          {"num_hidden_layers", layers},
          {"pad_token_id", 1},
          {"projection_dim", open ? 512 : 768},
          {"vocab_size", words[0]}};
}

Training infer_training(const SafetensorsView& file, const std::string& prediction_type) {
  const bool second = text_prefix(file) == kOriginalOpenClip;
  std::string type = prediction_type;
  if (type.empty()) type = prediction_in_metadata(file);
  const auto yaml = yaml_beside(file.path());
  if (type.empty() && std::filesystem::exists(yaml)) type = prediction_in_yaml(yaml);
  if (type.empty()) type = second ? "v_prediction" : "epsilon";
  const int size = size_in_metadata(file);
  const bool large = second && type == "v_prediction";
  return {type, size > 0 ? size : large ? kPictureSize2 : kPictureSize1};
}

}  // namespace diffusion
