#include "diffusion/judge/judge_network.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/silu.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "diffusion/formats/diffusion_error.h"
#include "diffusion/networks/component.h"
#include "diffusion/networks/layers.h"
#include "diffusion/networks/resnet_block.h"
#include "diffusion/networks/weights.h"
#include "executor/files/json_file.h"

namespace diffusion {
namespace {

constexpr int kMaxLevels = 8, kMaxChannels = 4096, kMaxBlocks = 32, kMaxSidePx = 1024;
constexpr double kEpsilon = 1e-6;
constexpr const char* kStem = "model";

struct Config {
  std::vector<int> channels, blocks;  // of each level
  int embedding, groups, side;
  JudgeWords words;
};

Config read_config(const std::filesystem::path& folder) {
  const files::ConfigFile file(folder / "config.json");
  file.only("model_type", "souvenir-judge");
  file.refuse_others({"model_type", "block_out_channels", "layers_per_block", "embedding_dim",
                      "norm_num_groups", "sample_size", "categories", "styles", "backgrounds"});
  Config config;
  const auto levels = file.json().value("block_out_channels", nlohmann::json::array());
  if (!levels.is_array() || levels.empty() || levels.size() > kMaxLevels) {
    file.fail("block_out_channels", "must be a list of 1 to 8 numbers");
  }
  config.channels = file.integers("block_out_channels", 1, kMaxChannels, levels.size());
  config.blocks = file.integers("layers_per_block", 1, kMaxBlocks, config.channels.size());
  config.embedding = file.integer("embedding_dim", 1, kMaxChannels);
  config.groups = file.integer("norm_num_groups", 1, kMaxChannels);
  config.side = file.integer("sample_size", 1, kMaxSidePx);
  for (const int channels : config.channels) {
    if (channels % config.groups != 0) file.fail("norm_num_groups", "must divide every level");
  }
  if (config.side % (1 << config.channels.size()) != 0) {
    file.fail("sample_size", "must be divisible by 2 for each level");
  }
  if (file.has("categories")) {
    config.words = {file.texts("categories"), file.texts("styles"), file.texts("backgrounds")};
  }
  return config;
}

Config with_words(Config config, JudgeWords words) {
  config.words = std::move(words);
  return config;
}

nlohmann::json json_of(const Config& config) {
  return {{"model_type", "souvenir-judge"},         {"block_out_channels", config.channels},
          {"layers_per_block", config.blocks},      {"embedding_dim", config.embedding},
          {"norm_num_groups", config.groups},       {"sample_size", config.side},
          {"categories", config.words.categories},  {"styles", config.words.styles},
          {"backgrounds", config.words.backgrounds}};
}

struct Level {
  Level(const diffusion::Scope& scope, int in, int out, int count, int groups)
      : down(scope / "down", in, out, 3, 2, 1) {
    const diffusion::ResnetStyle style{.groups = groups, .epsilon = kEpsilon, .time_channels = 0};
    for (int i = 0; i < count; ++i) blocks.emplace_back(scope / "blocks" / i, out, out, style);
  }
  at::Tensor operator()(at::Tensor x) const {
    x = down(x);
    for (const auto& block : blocks) x = block(x, {});
    return x;
  }

  diffusion::Conv2d down;
  std::vector<diffusion::ResnetBlock> blocks;
};

diffusion::Linear head(const diffusion::Scope& scope, int in, const std::vector<std::string>& words,
                       const char* kind) {
  if (words.empty()) throw diffusion::Error(std::string("a judge needs words for ") + kind);
  return {scope, in, static_cast<std::int64_t>(words.size())};
}

}  // namespace

struct JudgeNetwork::Layers {
  Layers(Config c, diffusion::Weights weights, at::Device d)
      : config(std::move(c)),
        device(d),
        levels(levels_of(config, weights)),
        norm(diffusion::Scope(weights) / "norm", config.channels.back(), config.groups, kEpsilon),
        embedding(diffusion::Scope(weights) / "embedding", config.channels.back(),
                  config.embedding),
        categories(head(diffusion::Scope(weights) / "categories", config.channels.back(),
                        config.words.categories, "categories")),
        styles(head(diffusion::Scope(weights) / "styles", config.channels.back(),
                    config.words.styles, "styles")),
        backgrounds(head(diffusion::Scope(weights) / "backgrounds", config.channels.back(),
                         config.words.backgrounds, "backgrounds")) {
    weights.finish();
    parameters = weights.taken();
  }

  static std::vector<Level> levels_of(const Config& config, diffusion::Weights& weights) {
    std::vector<Level> levels;
    int in = 3;
    for (std::size_t i = 0; i < config.channels.size(); ++i) {
      levels.emplace_back(diffusion::Scope(weights) / "levels" / i, in, config.channels[i],
                          config.blocks[i], config.groups);
      in = config.channels[i];
    }
    return levels;
  }

  Config config;
  at::Device device;
  std::vector<Level> levels;
  diffusion::GroupNorm norm;
  diffusion::Linear embedding, categories, styles, backgrounds;
  std::vector<std::pair<std::string, at::Tensor>> parameters;
};

JudgeNetwork::JudgeNetwork(const std::filesystem::path& folder, at::Device device)
    : layers_(std::make_unique<Layers>(read_config(folder),
                                       diffusion::Weights(folder, kStem, device), device)) {}
JudgeNetwork::JudgeNetwork(const std::filesystem::path& folder, JudgeWords words,
                           std::uint64_t seed, at::Device device)
    : layers_(std::make_unique<Layers>(with_words(read_config(folder), std::move(words)),
                                       diffusion::Weights(seed, device), device)) {}
JudgeNetwork::~JudgeNetwork() = default;
JudgeNetwork::JudgeNetwork(JudgeNetwork&&) noexcept = default;
JudgeNetwork& JudgeNetwork::operator=(JudgeNetwork&&) noexcept = default;

JudgeSeen JudgeNetwork::operator()(const at::Tensor& pixels) const {
  const auto& layers = *layers_;
  const auto side = layers.config.side;
  if (pixels.dim() != 4 || pixels.size(1) != 3 || pixels.size(2) != side ||
      pixels.size(3) != side) {
    throw diffusion::Error("the judge takes RGB pictures of " + std::to_string(side) + "x" +
                           std::to_string(side) + " pixels");
  }
  auto x = pixels.to(layers.device);
  for (const auto& level : layers.levels) x = level(x);
  const auto features = at::silu(layers.norm(x)).mean({2, 3});
  const auto embedded = layers.embedding(features).to(at::kFloat);
  const auto length = at::linalg_vector_norm(embedded, 2, {1}, /*keepdim=*/true).clamp_min(1e-12);
  return {embedded / length, layers.categories(features).to(at::kFloat),
          layers.styles(features).to(at::kFloat), layers.backgrounds(features).to(at::kFloat)};
}

const JudgeWords& JudgeNetwork::words() const {
  return layers_->config.words;
}
int JudgeNetwork::sample_size() const {
  return layers_->config.side;
}
int JudgeNetwork::embedding_dim() const {
  return layers_->config.embedding;
}
at::Device JudgeNetwork::device() const {
  return layers_->device;
}
const std::vector<std::pair<std::string, at::Tensor>>& JudgeNetwork::named_parameters() const {
  return layers_->parameters;
}
void JudgeNetwork::requires_grad(bool on) {
  for (const auto& [name, weight] : layers_->parameters) weight.requires_grad_(on);
}
void JudgeNetwork::save(const std::filesystem::path& folder, at::ScalarType dtype) const {
  diffusion::save_component(folder, kStem, json_of(layers_->config), layers_->parameters, dtype);
}

}  // namespace diffusion
