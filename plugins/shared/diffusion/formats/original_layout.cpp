#include "diffusion/formats/original_layout.h"

namespace diffusion {
namespace {

using Layers = std::vector<LayerName>;

void add_resnet(Layers& layers, const std::string& ours, const std::string& theirs) {
  layers.push_back({ours + ".norm1", theirs + ".in_layers.0"});
  layers.push_back({ours + ".conv1", theirs + ".in_layers.2"});
  layers.push_back({ours + ".time_emb_proj", theirs + ".emb_layers.1"});
  layers.push_back({ours + ".norm2", theirs + ".out_layers.0"});
  layers.push_back({ours + ".conv2", theirs + ".out_layers.3"});
  layers.push_back({ours + ".conv_shortcut", theirs + ".skip_connection", true});
}

void add_transformer(Layers& layers, const std::string& ours, const std::string& theirs,
                     int blocks) {
  std::vector<std::string> names = {"norm", "proj_in", "proj_out"};
  for (int i = 0; i < blocks; ++i) {
    for (const char* name : {"norm1", "norm2", "norm3", "ff.net.0.proj", "ff.net.2"}) {
      names.push_back("transformer_blocks." + std::to_string(i) + "." + name);
    }
    for (const char* attention : {"attn1", "attn2"}) {
      for (const char* name : {"to_q", "to_k", "to_v", "to_out.0"}) {
        names.push_back("transformer_blocks." + std::to_string(i) + "." + attention + "." + name);
      }
    }
  }
  for (const auto& name : names) layers.push_back({ours + "." + name, theirs + "." + name});
}

// The original counts its blocks through; a level has layers_per_block of them and one that
// changes the resolution.
void add_down(Layers& layers, const UNetConfig& config) {
  int block = 1;
  for (std::size_t i = 0; i < config.levels.size(); ++i) {
    const auto& level = config.levels[i];
    const std::string ours = "down_blocks." + std::to_string(i);
    for (int j = 0; j < config.layers_per_block; ++j, ++block) {
      const std::string theirs = "input_blocks." + std::to_string(block);
      add_resnet(layers, ours + ".resnets." + std::to_string(j), theirs + ".0");
      if (!level.down_attention) continue;
      add_transformer(layers, ours + ".attentions." + std::to_string(j), theirs + ".1",
                      level.layers);
    }
    if (i + 1 == config.levels.size()) continue;
    layers.push_back(
        {ours + ".downsamplers.0.conv", "input_blocks." + std::to_string(block++) + ".0.op"});
  }
}

void add_up(Layers& layers, const UNetConfig& config) {
  int block = 0;
  for (std::size_t i = 0; i < config.levels.size(); ++i) {
    const auto& level = config.levels[config.levels.size() - 1 - i];
    const std::string ours = "up_blocks." + std::to_string(i);
    for (int j = 0; j <= config.layers_per_block; ++j, ++block) {
      const std::string theirs = "output_blocks." + std::to_string(block);
      add_resnet(layers, ours + ".resnets." + std::to_string(j), theirs + ".0");
      if (level.up_attention) {
        add_transformer(layers, ours + ".attentions." + std::to_string(j), theirs + ".1",
                        level.layers);
      }
      if (j < config.layers_per_block || i + 1 == config.levels.size()) continue;
      layers.push_back(
          {ours + ".upsamplers.0.conv", theirs + (level.up_attention ? ".2.conv" : ".1.conv")});
    }
  }
}

void add_vae_resnet(Layers& layers, const std::string& ours, const std::string& theirs) {
  for (const char* name : {".norm1", ".conv1", ".norm2", ".conv2"}) {
    layers.push_back({ours + name, theirs + name});
  }
  layers.push_back({ours + ".conv_shortcut", theirs + ".nin_shortcut", true});
}

void add_vae_middle(Layers& layers, const std::string& half, bool attention) {
  const std::string ours = half + ".mid_block", theirs = half + ".mid";
  add_vae_resnet(layers, ours + ".resnets.0", theirs + ".block_1");
  add_vae_resnet(layers, ours + ".resnets.1", theirs + ".block_2");
  if (!attention) return;
  layers.push_back({ours + ".attentions.0.group_norm", theirs + ".attn_1.norm"});
  constexpr std::pair<const char*, const char*> kProjections[] = {
      {"to_q", "q"}, {"to_k", "k"}, {"to_v", "v"}, {"to_out.0", "proj_out"}};
  for (const auto& [our_name, their_name] : kProjections) {
    layers.push_back({ours + ".attentions.0." + our_name, theirs + ".attn_1." + their_name, false,
                      /*convolution=*/true});
  }
}

// Both halves count the original's levels from the finest; diffusers counts the decoder's in the
// order of their use.
void add_vae_levels(Layers& layers, const VaeConfig& config, bool encoder) {
  const int levels = static_cast<int>(config.channels.size());
  for (int i = 0; i < levels; ++i) {
    const std::string ours = (encoder ? "encoder.down_blocks." : "decoder.up_blocks.") +
                             std::to_string(encoder ? i : levels - 1 - i);
    const std::string theirs = (encoder ? "encoder.down." : "decoder.up.") + std::to_string(i);
    const int resnets = config.layers_per_block + (encoder ? 0 : 1);
    for (int j = 0; j < resnets; ++j) {
      add_vae_resnet(layers, ours + ".resnets." + std::to_string(j),
                     theirs + ".block." + std::to_string(j));
    }
    if (encoder && i + 1 < levels) {
      layers.push_back({ours + ".downsamplers.0.conv", theirs + ".downsample.conv"});
    } else if (!encoder && i > 0) {
      layers.push_back({ours + ".upsamplers.0.conv", theirs + ".upsample.conv"});
    }
  }
}

}  // namespace

std::vector<LayerName> original_unet_layers(const UNetConfig& config) {
  Layers layers = {{"conv_in", "input_blocks.0.0"},
                   {"time_embedding.linear_1", "time_embed.0"},
                   {"time_embedding.linear_2", "time_embed.2"},
                   {"conv_norm_out", "out.0"},
                   {"conv_out", "out.2"}};
  add_down(layers, config);
  add_resnet(layers, "mid_block.resnets.0", "middle_block.0");
  add_transformer(layers, "mid_block.attentions.0", "middle_block.1", config.levels.back().layers);
  add_resnet(layers, "mid_block.resnets.1", "middle_block.2");
  add_up(layers, config);
  return layers;
}

std::vector<LayerName> original_vae_layers(const VaeConfig& config) {
  Layers layers;
  for (const std::string half : {"encoder", "decoder"}) {
    layers.push_back({half + ".conv_in", half + ".conv_in"});
    layers.push_back({half + ".conv_norm_out", half + ".norm_out"});
    layers.push_back({half + ".conv_out", half + ".conv_out"});
    add_vae_middle(layers, half, config.mid_block_add_attention);
    add_vae_levels(layers, config, half == "encoder");
  }
  if (config.use_quant_conv) layers.push_back({"quant_conv", "quant_conv"});
  if (config.use_post_quant_conv) layers.push_back({"post_quant_conv", "post_quant_conv"});
  return layers;
}

std::vector<LayerName> original_open_clip_layers(int count) {
  Layers layers = {{"embeddings.token_embedding", "token_embedding"},
                   {"final_layer_norm", "ln_final"}};
  for (int i = 0; i < count; ++i) {
    const std::string ours = "encoder.layers." + std::to_string(i);
    const std::string theirs = "transformer.resblocks." + std::to_string(i);
    layers.push_back({ours + ".layer_norm1", theirs + ".ln_1"});
    layers.push_back({ours + ".layer_norm2", theirs + ".ln_2"});
    layers.push_back({ours + ".self_attn.out_proj", theirs + ".attn.out_proj"});
    layers.push_back({ours + ".mlp.fc1", theirs + ".mlp.c_fc"});
    layers.push_back({ours + ".mlp.fc2", theirs + ".mlp.c_proj"});
  }
  return layers;
}

}  // namespace diffusion
