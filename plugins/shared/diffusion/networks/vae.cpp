#include "diffusion/networks/vae.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/silu.h>
#include <ATen/ops/upsample_nearest2d.h>

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "diffusion/formats/component_names.h"
#include "diffusion/formats/diffusion_error.h"
#include "diffusion/formats/vae_config.h"
#include "diffusion/networks/attention.h"
#include "diffusion/networks/component.h"
#include "diffusion/networks/resnet_block.h"
#include "diffusion/networks/weights.h"
#include "executor/files/json_file.h"

namespace diffusion {
namespace {

constexpr double kEpsilon = 1e-6;
constexpr const char* kWeightsStem = "diffusion_pytorch_model";
constexpr double kLeastLogvar = -30.0, kMostLogvar = 20.0;

// Attention over all pixels with a single head.
struct PixelAttention {
  PixelAttention(const Scope& scope, std::int64_t channels, std::int64_t groups)
      : norm(scope / "group_norm", channels, groups, kEpsilon),
        attention(scope, channels, channels, 1, true) {}
  at::Tensor operator()(const at::Tensor& x) const {
    const auto tokens = norm(x).flatten(2).transpose(1, 2);
    return x + attention(tokens, tokens).transpose(1, 2).reshape(x.sizes());
  }
  GroupNorm norm;
  Attention attention;
};

struct Middle {
  Middle(const Scope& scope, std::int64_t channels, const VaeConfig& config,
         const ResnetStyle& style)
      : resnet0(scope / "resnets" / 0, channels, channels, style),
        resnet1(scope / "resnets" / 1, channels, channels, style) {
    if (config.mid_block_add_attention) {
      attention.emplace(scope / "attentions" / 0, channels, config.norm_num_groups);
    }
  }
  at::Tensor operator()(at::Tensor x) const {
    x = resnet0(x, {});
    if (attention) x = (*attention)(x);
    return resnet1(x, {});
  }
  ResnetBlock resnet0, resnet1;
  std::optional<PixelAttention> attention;
};

struct Level {
  std::vector<ResnetBlock> resnets;
  std::optional<Conv2d> resampler;  // down in the encoder, up in the decoder
};

std::vector<Level> make_levels(const Scope& scope, const std::vector<int>& channels, int in,
                               int layers, const ResnetStyle& style, bool down) {
  std::vector<Level> levels;
  for (std::size_t i = 0; i < channels.size(); ++i) {
    Level level;
    for (int j = 0; j < layers; ++j, in = channels[i]) {
      level.resnets.emplace_back(scope / i / "resnets" / j, in, channels[i], style);
    }
    if (i + 1 < channels.size()) {
      level.resampler.emplace(scope / i / (down ? "downsamplers" : "upsamplers") / 0 / "conv",
                              channels[i], channels[i], 3, down ? 2 : 1, down ? 0 : 1);
    }
    levels.push_back(std::move(level));
  }
  return levels;
}

struct Encoder {
  Encoder(const Scope& scope, const VaeConfig& config, const ResnetStyle& style)
      : conv_in(scope / "conv_in", config.in_channels, config.channels.front(), 3, 1, 1),
        levels(make_levels(scope / "down_blocks", config.channels, config.channels.front(),
                           config.layers_per_block, style, true)),
        middle(scope / "mid_block", config.channels.back(), config, style),
        norm_out(scope / "conv_norm_out", config.channels.back(), style.groups, kEpsilon),
        conv_out(scope / "conv_out", config.channels.back(), 2 * config.latent_channels, 3, 1, 1) {}

  at::Tensor operator()(at::Tensor x) const {
    x = conv_in(x);
    for (const auto& level : levels) {
      for (const auto& resnet : level.resnets) x = resnet(x, {});
      if (level.resampler) x = (*level.resampler)(at::constant_pad_nd(x, {0, 1, 0, 1}));
    }
    return conv_out(at::silu(norm_out(middle(x))));
  }

  Conv2d conv_in;
  std::vector<Level> levels;
  Middle middle;
  GroupNorm norm_out;
  Conv2d conv_out;
};

struct Decoder {
  Decoder(const Scope& scope, const VaeConfig& config, const ResnetStyle& style)
      : conv_in(scope / "conv_in", config.latent_channels, config.channels.back(), 3, 1, 1),
        middle(scope / "mid_block", config.channels.back(), config, style),
        levels(make_levels(scope / "up_blocks", {config.channels.rbegin(), config.channels.rend()},
                           config.channels.back(), config.layers_per_block + 1, style, false)),
        norm_out(scope / "conv_norm_out", config.channels.front(), style.groups, kEpsilon),
        conv_out(scope / "conv_out", config.channels.front(), config.out_channels, 3, 1, 1) {}

  at::Tensor operator()(at::Tensor x) const {
    x = middle(conv_in(x));
    for (const auto& level : levels) {
      for (const auto& resnet : level.resnets) x = resnet(x, {});
      if (!level.resampler) continue;
      x = (*level.resampler)(at::upsample_nearest2d(x, {2 * x.size(2), 2 * x.size(3)}));
    }
    return conv_out(at::silu(norm_out(x)));
  }

  Conv2d conv_in;
  Middle middle;
  std::vector<Level> levels;
  GroupNorm norm_out;
  Conv2d conv_out;
};

}  // namespace

struct Vae::Network {
  Network(const std::filesystem::path& folder, at::Device d, std::optional<std::uint64_t> seed)
      : Network(VaeConfig::from_file(folder / "config.json"),
                weights_of(folder, kWeightsStem, d, seed, current_vae_name), d) {
    json = files::read_json_file(folder / "config.json");
  }

  Network(VaeConfig c, Weights weights, at::Device d)
      : device(d),
        config(std::move(c)),
        style{config.norm_num_groups, kEpsilon, 0},
        encoder(Scope(weights) / "encoder", config, style),
        decoder(Scope(weights) / "decoder", config, style) {
    const std::int64_t latent = config.latent_channels;
    if (config.use_quant_conv)
      quant.emplace(Scope(weights) / "quant_conv", 2 * latent, 2 * latent, 1);
    if (config.use_post_quant_conv) {
      post_quant.emplace(Scope(weights) / "post_quant_conv", latent, latent, 1);
    }
    weights.finish();
    parameters = weights.taken();
  }

  at::TensorOptions options() const { return at::TensorOptions().device(device).dtype(at::kFloat); }

  at::Device device;
  VaeConfig config;
  ResnetStyle style;
  Encoder encoder;
  Decoder decoder;
  std::optional<Conv2d> quant, post_quant;
  std::vector<std::pair<std::string, at::Tensor>> parameters;
  nlohmann::json json;
};

Vae::Vae(const std::filesystem::path& model_folder, at::Device device,
         std::optional<std::uint64_t> seed)
    : network_(std::make_unique<Network>(model_folder / "vae", device, seed)) {}
Vae::~Vae() = default;
Vae::Vae(Vae&&) noexcept = default;
Vae& Vae::operator=(Vae&&) noexcept = default;

Posterior Vae::encode(const at::Tensor& pixels) const {
  const bool fits = pixels.dim() == 4 && pixels.size(1) == network_->config.in_channels &&
                    pixels.numel() > 0 && pixels.size(2) % factor() == 0 &&
                    pixels.size(3) % factor() == 0;
  if (!fits) {
    throw Error("the VAE encodes pictures [batch, " + std::to_string(network_->config.in_channels) +
                ", height, width] with sides that are multiples of " + std::to_string(factor()));
  }
  auto moments = network_->encoder(pixels.to(network_->options()));
  if (network_->quant) moments = (*network_->quant)(moments);
  const auto halves = moments.chunk(2, 1);
  return {halves[0].contiguous(), halves[1].clamp(kLeastLogvar, kMostLogvar)};
}

at::Tensor Vae::decode(const at::Tensor& latents) const {
  if (latents.dim() != 4 || latents.size(1) != latent_channels() || latents.numel() == 0) {
    throw Error("the VAE decodes latents [batch, " + std::to_string(latent_channels()) +
                ", height, width]");
  }
  const auto x = latents.to(network_->options());
  return network_->decoder(network_->post_quant ? (*network_->post_quant)(x) : x);
}

const std::vector<std::pair<std::string, at::Tensor>>& Vae::named_parameters() const {
  return network_->parameters;
}
void Vae::requires_grad(bool on) {
  for (auto& [name, tensor] : network_->parameters) tensor.set_requires_grad(on);
}
void Vae::set_scaling_factor(double factor) {
  network_->config.scaling_factor = factor;
  network_->json["scaling_factor"] = factor;
}
void Vae::save(const std::filesystem::path& vae_folder, at::ScalarType dtype) const {
  save_component(vae_folder, kWeightsStem, network_->json, network_->parameters, dtype);
}
double Vae::scaling_factor() const {
  return network_->config.scaling_factor;
}
int Vae::factor() const {
  return 1 << (network_->config.channels.size() - 1);
}
int Vae::sample_size() const {
  return network_->config.sample_size;
}
int Vae::latent_channels() const {
  return network_->config.latent_channels;
}
at::Device Vae::device() const {
  return network_->device;
}

}  // namespace diffusion
