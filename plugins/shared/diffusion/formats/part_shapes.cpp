#include "diffusion/formats/part_shapes.h"

namespace diffusion {
namespace {

using Size = std::uint64_t;
using Shape = std::vector<Size>;

constexpr Size kKernel = 3;
constexpr Size kTimeFactor = 4;  // of the width of the time embedding, over the first level's

// Collects NAME.weight and NAME.bias.
class Layers {
 public:
  void add(const std::string& name, Shape weight, bool bias = true) {
    if (bias) shapes_[name + ".bias"] = {weight[0]};
    shapes_[name + ".weight"] = std::move(weight);
  }
  void norm(const std::string& name, Size width) { add(name, {width}); }
  void linear(const std::string& name, Size out, Size in, bool bias = true) {
    add(name, {out, in}, bias);
  }
  void conv(const std::string& name, Size out, Size in, Size kernel = kKernel) {
    add(name, {out, in, kernel, kernel});
  }
  // `time` is the width of the time embedding; 0 in a VAE.
  void resnet(const std::string& name, Size in, Size out, Size time) {
    norm(name + ".norm1", in);
    conv(name + ".conv1", out, in);
    if (time > 0) linear(name + ".time_emb_proj", out, time);
    norm(name + ".norm2", out);
    conv(name + ".conv2", out, out);
    if (in != out) conv(name + ".conv_shortcut", out, in, 1);
  }
  void attention(const std::string& name, Size width, Size context, bool bias) {
    linear(name + ".to_q", width, width, bias);
    linear(name + ".to_k", width, context, bias);
    linear(name + ".to_v", width, context, bias);
    linear(name + ".to_out.0", width, width);
  }
  Shapes take() { return std::move(shapes_); }

 private:
  Shapes shapes_;
};

std::string at(const std::string& list, std::size_t index) {
  return list + "." + std::to_string(index);
}

class UNetShapes {
 public:
  explicit UNetShapes(const UNetConfig& config)
      : config_(config), time_(kTimeFactor * width(0)), context_(config.cross_attention_dim) {}

  Shapes all() {
    layers_.conv("conv_in", width(0), config_.in_channels);
    layers_.linear("time_embedding.linear_1", time_, width(0));
    layers_.linear("time_embedding.linear_2", time_, time_);
    layers_.norm("conv_norm_out", width(0));
    layers_.conv("conv_out", config_.out_channels, width(0));
    down();
    const auto last = width(config_.levels.size() - 1);
    layers_.resnet("mid_block.resnets.0", last, last, time_);
    transformer("mid_block.attentions.0", last, config_.levels.back().layers);
    layers_.resnet("mid_block.resnets.1", last, last, time_);
    up();
    return layers_.take();
  }

 private:
  Size width(std::size_t level) const { return config_.levels.at(level).channels; }

  void transformer(const std::string& name, Size width, int blocks) {
    layers_.norm(name + ".norm", width);
    for (const char* end : {".proj_in", ".proj_out"}) {
      if (config_.use_linear_projection) {
        layers_.linear(name + end, width, width);
      } else {
        layers_.conv(name + end, width, width, 1);
      }
    }
    for (int i = 0; i < blocks; ++i) {
      const auto block = at(name + ".transformer_blocks", i);
      for (const char* norm : {".norm1", ".norm2", ".norm3"}) layers_.norm(block + norm, width);
      layers_.attention(block + ".attn1", width, width, false);
      layers_.attention(block + ".attn2", width, context_, false);
      layers_.linear(block + ".ff.net.0.proj", 8 * width, width);
      layers_.linear(block + ".ff.net.2", width, 4 * width);
    }
  }

  void down() {
    for (std::size_t i = 0; i < config_.levels.size(); ++i) {
      const auto block = at("down_blocks", i);
      for (int j = 0; j < config_.layers_per_block; ++j) {
        const auto in = j == 0 && i > 0 ? width(i - 1) : width(i);
        layers_.resnet(at(block + ".resnets", j), in, width(i), time_);
        if (config_.levels[i].down_attention) {
          transformer(at(block + ".attentions", j), width(i), config_.levels[i].layers);
        }
      }
      if (i + 1 < config_.levels.size()) {
        layers_.conv(block + ".downsamplers.0.conv", width(i), width(i));
      }
    }
  }

  // Each takes what the way down has left: of its own level, and the last of the next finer one.
  void up() {
    const auto count = config_.levels.size();
    for (std::size_t i = 0; i < count; ++i) {
      const auto level = count - 1 - i;
      const auto block = at("up_blocks", i);
      const auto before = width(i == 0 ? level : level + 1);
      const auto finer = width(level == 0 ? 0 : level - 1);
      for (int j = 0; j <= config_.layers_per_block; ++j) {
        const auto in = j == 0 ? before : width(level);
        const auto skip = j == config_.layers_per_block ? finer : width(level);
        layers_.resnet(at(block + ".resnets", j), in + skip, width(level), time_);
        if (config_.levels[level].up_attention) {
          transformer(at(block + ".attentions", j), width(level), config_.levels[level].layers);
        }
      }
      if (i + 1 < count) layers_.conv(block + ".upsamplers.0.conv", width(level), width(level));
    }
  }

  const UNetConfig& config_;
  Size time_, context_;
  Layers layers_;
};

void add_middle(Layers& layers, const std::string& half, Size width, bool attention) {
  const auto name = half + ".mid_block";
  layers.resnet(name + ".resnets.0", width, width, 0);
  layers.resnet(name + ".resnets.1", width, width, 0);
  if (!attention) return;
  layers.norm(name + ".attentions.0.group_norm", width);
  layers.attention(name + ".attentions.0", width, width, true);
}

void add_encoder(Layers& layers, const VaeConfig& config) {
  const auto& widths = config.channels;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    const auto block = at("encoder.down_blocks", i);
    for (int j = 0; j < config.layers_per_block; ++j) {
      const Size in = widths[j == 0 && i > 0 ? i - 1 : i];
      layers.resnet(at(block + ".resnets", j), in, widths[i], 0);
    }
    if (i + 1 < widths.size()) {
      layers.conv(block + ".downsamplers.0.conv", widths[i], widths[i]);
    }
  }
  const Size last = widths.back(), latents = config.latent_channels;
  layers.conv("encoder.conv_in", widths.front(), config.in_channels);
  add_middle(layers, "encoder", last, config.mid_block_add_attention);
  layers.norm("encoder.conv_norm_out", last);
  layers.conv("encoder.conv_out", 2 * latents, last);
  if (config.use_quant_conv) layers.conv("quant_conv", 2 * latents, 2 * latents, 1);
}

void add_decoder(Layers& layers, const VaeConfig& config) {
  const auto& widths = config.channels;
  for (std::size_t i = 0; i < widths.size(); ++i) {
    const auto level = widths.size() - 1 - i;
    const auto block = at("decoder.up_blocks", i);
    for (int j = 0; j <= config.layers_per_block; ++j) {
      const Size in = widths[j == 0 && i > 0 ? level + 1 : level];
      layers.resnet(at(block + ".resnets", j), in, widths[level], 0);
    }
    if (level > 0) layers.conv(block + ".upsamplers.0.conv", widths[level], widths[level]);
  }
  const Size first = widths.front(), last = widths.back(), latents = config.latent_channels;
  layers.conv("decoder.conv_in", last, latents);
  add_middle(layers, "decoder", last, config.mid_block_add_attention);
  layers.norm("decoder.conv_norm_out", first);
  layers.conv("decoder.conv_out", config.out_channels, first);
  if (config.use_post_quant_conv) layers.conv("post_quant_conv", latents, latents, 1);
}

}  // namespace

Shapes shapes_of(const UNetConfig& config) {
  return UNetShapes(config).all();
}

Shapes shapes_of(const VaeConfig& config) {
  Layers layers;
  add_encoder(layers, config);
  add_decoder(layers, config);
  return layers.take();
}

Shapes shapes_of(const TextConfig& config) {
  Layers layers;
  const Size width = config.width, inner = config.inner_width;
  layers.add("embeddings.token_embedding", {static_cast<Size>(config.vocabulary), width}, false);
  layers.add("embeddings.position_embedding", {static_cast<Size>(config.positions), width}, false);
  for (int i = 0; i < config.layers; ++i) {
    const auto layer = at("encoder.layers", i);
    for (const char* name : {".q_proj", ".k_proj", ".v_proj", ".out_proj"}) {
      layers.linear(layer + ".self_attn" + name, width, width);
    }
    layers.norm(layer + ".layer_norm1", width);
    layers.norm(layer + ".layer_norm2", width);
    layers.linear(layer + ".mlp.fc1", inner, width);
    layers.linear(layer + ".mlp.fc2", width, inner);
  }
  layers.norm("final_layer_norm", width);
  return layers.take();
}

}  // namespace diffusion
