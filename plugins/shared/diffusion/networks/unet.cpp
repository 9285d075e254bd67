#include "diffusion/networks/unet.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/IListRef.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/silu.h>

#include <cmath>
#include <map>
#include <nlohmann/json.hpp>

#include "diffusion/formats/diffusion_error.h"
#include "diffusion/formats/unet_config.h"
#include "diffusion/networks/component.h"
#include "diffusion/networks/unet_blocks.h"
#include "diffusion/networks/weights.h"
#include "executor/files/json_file.h"

namespace diffusion {
namespace {

constexpr const char* kWeightsStem = "diffusion_pytorch_model";
constexpr double kMaxPeriod = 10000.0;
constexpr int kTimeFactor = 4;

ResnetStyle resnet_style(const UNetConfig& config) {
  return {config.norm_num_groups, config.norm_eps, kTimeFactor * config.levels.front().channels};
}

TransformerStyle transformer_style(const UNetConfig& config, const UNetLevel& level) {
  return {level.heads, level.layers, config.cross_attention_dim, config.norm_num_groups,
          config.use_linear_projection};
}

std::vector<DownBlock> make_down_blocks(const UNetConfig& config, const Scope& scope) {
  std::vector<DownBlock> blocks;
  int in = config.levels.front().channels;
  for (std::size_t i = 0; i < config.levels.size(); ++i) {
    const auto& level = config.levels[i];
    DownBlock block;
    for (int j = 0; j < config.layers_per_block; ++j, in = level.channels) {
      block.resnets.emplace_back(scope / i / "resnets" / j, in, level.channels,
                                 resnet_style(config));
      if (!level.down_attention) continue;
      block.attentions.emplace_back(scope / i / "attentions" / j, level.channels,
                                    transformer_style(config, level));
    }
    if (i + 1 < config.levels.size()) {
      block.downsampler.emplace(scope / i / "downsamplers" / 0 / "conv", level.channels,
                                level.channels, 3, 2, 1);
    }
    blocks.push_back(std::move(block));
  }
  return blocks;
}

MidBlock make_mid_block(const UNetConfig& config, const Scope& scope) {
  const auto& level = config.levels.back();
  const auto style = resnet_style(config);
  return {ResnetBlock(scope / "resnets" / 0, level.channels, level.channels, style),
          Transformer(scope / "attentions" / 0, level.channels, transformer_style(config, level)),
          ResnetBlock(scope / "resnets" / 1, level.channels, level.channels, style)};
}

// The skips come back in the reverse order of the down blocks: layers_per_block of a level's own
// width, then one of the width with which that level began.
std::vector<UpBlock> make_up_blocks(const UNetConfig& config, const Scope& scope) {
  std::vector<UpBlock> blocks;
  const std::size_t count = config.levels.size();
  int in = config.levels.back().channels;
  for (std::size_t i = 0; i < count; ++i) {
    const std::size_t place = count - 1 - i;
    const auto& level = config.levels[place];
    const int finer = config.levels[place == 0 ? 0 : place - 1].channels;
    UpBlock block;
    for (int j = 0; j <= config.layers_per_block; ++j, in = level.channels) {
      const int skip = j == config.layers_per_block ? finer : level.channels;
      block.resnets.emplace_back(scope / i / "resnets" / j, in + skip, level.channels,
                                 resnet_style(config));
      if (!level.up_attention) continue;
      block.attentions.emplace_back(scope / i / "attentions" / j, level.channels,
                                    transformer_style(config, level));
    }
    if (place > 0) {
      block.upsampler.emplace(scope / i / "upsamplers" / 0 / "conv", level.channels, level.channels,
                              3, 1, 1);
    }
    blocks.push_back(std::move(block));
  }
  return blocks;
}

// diffusers `embeddings.py`, get_timestep_embedding.
at::Tensor embed_timesteps(const at::Tensor& timesteps, const UNetConfig& config) {
  const int half = config.levels.front().channels / 2;
  const auto options = at::TensorOptions().device(timesteps.device()).dtype(at::kFloat);
  const auto exponent =
      at::arange(half, options) * (-std::log(kMaxPeriod)) / (half - config.freq_shift);
  const auto angle = timesteps.to(at::kFloat).unsqueeze(1) * exponent.exp().unsqueeze(0);
  return config.flip_sin_to_cos ? at::cat({angle.cos(), angle.sin()}, 1)
                                : at::cat({angle.sin(), angle.cos()}, 1);
}

}  // namespace

struct UNet::Network {
  Network(const std::filesystem::path& folder, at::Device device, std::optional<std::uint64_t> seed)
      : Network(folder, UNetConfig::from_file(folder / "config.json"),
                weights_of(folder, kWeightsStem, device, seed), device) {}

  Network(const std::filesystem::path& folder, UNetConfig c, Weights weights, at::Device d)
      : device(d),
        config(std::move(c)),
        json(files::read_json_file(folder / "config.json")),
        conv_in(Scope(weights) / "conv_in", config.in_channels, width(), 3, 1, 1),
        linear_1(Scope(weights) / "time_embedding" / "linear_1", width(), kTimeFactor * width()),
        linear_2(Scope(weights) / "time_embedding" / "linear_2", kTimeFactor * width(),
                 kTimeFactor * width()),
        down_blocks(make_down_blocks(config, Scope(weights) / "down_blocks")),
        mid_block(make_mid_block(config, Scope(weights) / "mid_block")),
        up_blocks(make_up_blocks(config, Scope(weights) / "up_blocks")),
        conv_norm_out(Scope(weights) / "conv_norm_out", width(), config.norm_num_groups,
                      config.norm_eps),
        conv_out(Scope(weights) / "conv_out", width(), config.out_channels, 3, 1, 1) {
    weights.finish();
    parameters = weights.taken();
    layers = weights.adaptable_layers();
  }

  std::int64_t width() const { return config.levels.front().channels; }
  void check(const at::Tensor& sample, const at::Tensor& timesteps,
             const at::Tensor& context) const;
  at::Tensor forward(const at::Tensor& sample, const at::Tensor& timesteps,
                     const at::Tensor& context) const;

  at::Device device;
  UNetConfig config;
  nlohmann::json json;
  Conv2d conv_in;
  Linear linear_1, linear_2;
  std::vector<DownBlock> down_blocks;
  MidBlock mid_block;
  std::vector<UpBlock> up_blocks;
  GroupNorm conv_norm_out;
  Conv2d conv_out;
  NamedTensors parameters;
  std::vector<AdaptableLayer> layers;
  bool checkpointing = false;
  at::MemoryFormat format = at::MemoryFormat::Contiguous;
  at::ScalarType dtype = at::kFloat;
};

void UNet::Network::check(const at::Tensor& sample, const at::Tensor& timesteps,
                          const at::Tensor& context) const {
  if (sample.dim() != 4 || sample.size(1) != config.in_channels || sample.numel() == 0) {
    throw Error("the UNet needs latents [batch, " + std::to_string(config.in_channels) +
                ", height, width]");
  }
  if (timesteps.numel() != 1 && (timesteps.dim() != 1 || timesteps.numel() != sample.size(0))) {
    throw Error("the UNet needs one timestep, or one for each latent");
  }
  const bool fits = context.dim() == 3 && context.size(2) == config.cross_attention_dim &&
                    (context.size(0) == 1 || context.size(0) == sample.size(0));
  if (!fits) {
    throw Error("the UNet needs a context [batch, length, " +
                std::to_string(config.cross_attention_dim) +
                "], as its model's text encoder gives");
  }
}

at::Tensor UNet::Network::forward(const at::Tensor& sample, const at::Tensor& timesteps,
                                  const at::Tensor& context) const {
  const auto batch = sample.size(0);
  const auto time = linear_2(at::silu(linear_1(
      embed_timesteps(timesteps.to(device).reshape({-1}).expand({batch}), config).to(dtype))));
  const Conditions conditions{at::silu(time), context.expand({batch, -1, -1}),
                              checkpointing && at::GradMode::is_enabled()};
  at::Tensor x = conv_in(sample.contiguous(format));
  std::vector<at::Tensor> skips{x};
  for (const auto& block : down_blocks) x = block(x, conditions, skips);
  x = mid_block(x, conditions);
  for (const auto& block : up_blocks) x = block(x, conditions, skips);
  return conv_out(at::silu(conv_norm_out(x)));
}

UNet::UNet(const std::filesystem::path& model_folder, at::Device device,
           std::optional<std::uint64_t> seed)
    : network_(std::make_unique<Network>(model_folder / "unet", device, seed)) {
  if (device.is_cuda()) channels_last();
}
UNet::~UNet() = default;
UNet::UNet(UNet&&) noexcept = default;
UNet& UNet::operator=(UNet&&) noexcept = default;

at::Tensor UNet::forward(const at::Tensor& sample, const at::Tensor& timesteps,
                         const at::Tensor& context) const {
  network_->check(sample, timesteps, context);
  const auto options = at::TensorOptions().device(network_->device).dtype(network_->dtype);
  return network_->forward(sample.to(options), timesteps, context.to(options)).to(at::kFloat);
}

const NamedTensors& UNet::named_parameters() const {
  return network_->parameters;
}

const std::vector<AdaptableLayer>& UNet::adaptable_layers() const {
  return network_->layers;
}

void UNet::requires_grad(bool on) {
  for (auto& [name, tensor] : network_->parameters) tensor.set_requires_grad(on);
}

void UNet::gradient_checkpointing(bool on) {
  network_->checkpointing = on;
}

void UNet::channels_last() {
  network_->format = at::MemoryFormat::ChannelsLast;
  for (auto& [name, tensor] : network_->parameters) {
    if (tensor.dim() == 4) tensor.set_data(tensor.contiguous(network_->format));
  }
}

void UNet::compute_in(at::ScalarType dtype) {
  if (dtype != at::kFloat && dtype != at::kBFloat16 && dtype != at::kHalf) {
    throw Error("the UNet computes in float32, bfloat16 or float16");
  }
  network_->dtype = dtype;
  for (auto& [name, tensor] : network_->parameters) tensor.set_data(tensor.to(dtype));
}

void UNet::save(const std::filesystem::path& unet_folder, at::ScalarType dtype) const {
  save_component(unet_folder, kWeightsStem, network_->json, network_->parameters, dtype);
}

int UNet::sample_size() const {
  return network_->config.sample_size;
}
int UNet::in_channels() const {
  return network_->config.in_channels;
}
int UNet::out_channels() const {
  return network_->config.out_channels;
}
int UNet::context_dim() const {
  return network_->config.cross_attention_dim;
}
at::Device UNet::device() const {
  return network_->device;
}

std::size_t UNet::bytes() const {
  std::size_t total = 0;
  for (const auto& [name, tensor] : network_->parameters) total += tensor.nbytes();
  return total;
}

}  // namespace diffusion
