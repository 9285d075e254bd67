#include "diffusion/text_encoder.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/embedding.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/sigmoid.h>

#include <string>
#include <utility>
#include <vector>

#include "diffusion/attention.h"
#include "diffusion/component.h"
#include "diffusion/component_names.h"
#include "diffusion/error.h"
#include "diffusion/json_file.h"
#include "diffusion/layers.h"
#include "diffusion/weights.h"

namespace diffusion {
namespace {

constexpr int kMaxChannels = 65536;
constexpr int kMaxVocabulary = 10'000'000;
constexpr int kMaxPositions = 4096;
constexpr int kMaxLayers = 128;
constexpr double kQuickGelu = 1.702;
constexpr const char* kWeightsStem = "model";

struct Config {
  int vocabulary, positions, width, inner_width, layers, heads;
  double epsilon;
  bool quick_gelu;
};

// What else is in the file is about training and generation, and changes nothing here.
Config read_config(const std::filesystem::path& file) {
  const ConfigFile config(file);
  Config result{};
  result.vocabulary = config.integer("vocab_size", 1, kMaxVocabulary, 49408);
  result.positions = config.integer("max_position_embeddings", 1, kMaxPositions, 77);
  result.width = config.integer("hidden_size", 1, kMaxChannels, 512);
  result.inner_width = config.integer("intermediate_size", 1, kMaxChannels * 4, 2048);
  result.layers = config.integer("num_hidden_layers", 1, kMaxLayers, 12);
  result.heads = config.integer("num_attention_heads", 1, kMaxChannels, 8);
  result.epsilon = config.number("layer_norm_eps", 0, 1, 1e-5);
  const auto activation = config.text("hidden_act", "quick_gelu");
  if (activation != "quick_gelu" && activation != "gelu") {
    config.fail("hidden_act", "is \"" + activation + "\"; supported are quick_gelu and gelu");
  }
  result.quick_gelu = activation == "quick_gelu";
  if (result.width % result.heads != 0) {
    config.fail("num_attention_heads", "must divide hidden_size");
  }
  return result;
}

struct Layer {
  Layer(const Scope& scope, const Config& config)
      : norm1(scope / "layer_norm1", config.width, config.epsilon),
        q(scope / "self_attn" / "q_proj", config.width, config.width),
        k(scope / "self_attn" / "k_proj", config.width, config.width),
        v(scope / "self_attn" / "v_proj", config.width, config.width),
        out(scope / "self_attn" / "out_proj", config.width, config.width),
        norm2(scope / "layer_norm2", config.width, config.epsilon),
        fc1(scope / "mlp" / "fc1", config.width, config.inner_width),
        fc2(scope / "mlp" / "fc2", config.inner_width, config.width),
        heads(config.heads),
        quick_gelu(config.quick_gelu) {}

  at::Tensor operator()(at::Tensor x) const {
    const auto h = norm1(x);
    x = x + out(attend(q(h), k(h), v(h), heads, /*causal=*/true));
    const auto inner = fc1(norm2(x));
    return x + fc2(quick_gelu ? inner * at::sigmoid(kQuickGelu * inner) : at::gelu(inner));
  }

  LayerNorm norm1;
  Linear q, k, v, out;
  LayerNorm norm2;
  Linear fc1, fc2;
  std::int64_t heads;
  bool quick_gelu;
};

}  // namespace

struct TextEncoder::Network {
  Network(const std::filesystem::path& folder, at::Device d, std::optional<std::uint64_t> seed)
      : Network(read_config(folder / "config.json"),
                weights_of(folder, kWeightsStem, d, seed, current_text_name), d) {
    json = read_json_file(folder / "config.json");
  }

  Network(const Config& c, Weights weights, at::Device d)
      : device(d),
        config(c),
        token_embedding((Scope(weights) / "embeddings" / "token_embedding")
                            .take("weight", {c.vocabulary, c.width})),
        position_embedding((Scope(weights) / "embeddings" / "position_embedding")
                               .take("weight", {c.positions, c.width})),
        final_norm(Scope(weights) / "final_layer_norm", c.width, c.epsilon) {
    for (int i = 0; i < c.layers; ++i) {
      layers.emplace_back(Scope(weights) / "encoder" / "layers" / i, c);
    }
    weights.finish();
    parameters = weights.taken();
  }

  void check(const at::Tensor& ids) const;

  at::Device device;
  Config config;
  at::Tensor token_embedding, position_embedding;
  LayerNorm final_norm;
  std::vector<Layer> layers;
  std::vector<std::pair<std::string, at::Tensor>> parameters;
  nlohmann::json json;
};

void TextEncoder::Network::check(const at::Tensor& ids) const {
  if (ids.dim() != 2 || ids.numel() == 0 || ids.scalar_type() != at::kLong) {
    throw Error("the text encoder needs token ids [batch, length], int64");
  }
  if (ids.size(1) > config.positions) {
    throw Error("the prompt has " + std::to_string(ids.size(1)) + " tokens; the text encoder " +
                "takes at most " + std::to_string(config.positions));
  }
  if (ids.min().item<std::int64_t>() < 0 || ids.max().item<std::int64_t>() >= config.vocabulary) {
    throw Error("a token id is outside the text encoder's vocabulary of " +
                std::to_string(config.vocabulary) +
                "; tokenizer and text encoder must come from the same model");
  }
}

TextEncoder::TextEncoder(const std::filesystem::path& model_folder, at::Device device,
                         std::optional<std::uint64_t> seed)
    : network_(std::make_unique<Network>(model_folder / "text_encoder", device, seed)) {}
TextEncoder::~TextEncoder() = default;
TextEncoder::TextEncoder(TextEncoder&&) noexcept = default;
TextEncoder& TextEncoder::operator=(TextEncoder&&) noexcept = default;

at::Tensor TextEncoder::encode(const at::Tensor& ids) const {
  network_->check(ids);
  at::Tensor x = at::embedding(network_->token_embedding, ids.to(network_->device)) +
                 network_->position_embedding.narrow(0, 0, ids.size(1));
  for (const auto& layer : network_->layers) x = layer(x);
  return network_->final_norm(x);
}

const std::vector<std::pair<std::string, at::Tensor>>& TextEncoder::named_parameters() const {
  return network_->parameters;
}
void TextEncoder::requires_grad(bool on) {
  for (auto& [name, tensor] : network_->parameters) tensor.set_requires_grad(on);
}
void TextEncoder::save(const std::filesystem::path& folder, at::ScalarType dtype) const {
  save_component(folder, kWeightsStem, network_->json, network_->parameters, dtype);
}
int TextEncoder::max_length() const {
  return network_->config.positions;
}
int TextEncoder::dim() const {
  return network_->config.width;
}
at::Device TextEncoder::device() const {
  return network_->device;
}

}  // namespace diffusion
