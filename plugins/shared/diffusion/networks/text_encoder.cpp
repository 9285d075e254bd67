#include "diffusion/networks/text_encoder.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/embedding.h>

#include <string>
#include <utility>
#include <vector>

#include "diffusion/formats/component_names.h"
#include "diffusion/formats/diffusion_error.h"
#include "diffusion/formats/loading_type.h"
#include "diffusion/networks/component.h"
#include "diffusion/networks/encoder_layer.h"
#include "diffusion/networks/layers.h"
#include "diffusion/networks/weights.h"
#include "executor/files/json_file.h"

namespace diffusion {
namespace {

constexpr int kMaxVocabulary = 10'000'000;
constexpr int kMaxPositions = 4096;
constexpr int kMaxLayers = 128;
constexpr const char* kWeightsStem = "model";

struct Config {
  int vocabulary, positions, layers;
  EncoderStyle style;
};

// What else is in the file is about training and generation, and changes nothing here.
Config read_config(const std::filesystem::path& file) {
  const files::ConfigFile config(file);
  Config result{};
  result.vocabulary = config.integer("vocab_size", 1, kMaxVocabulary, 49408);
  result.positions = config.integer("max_position_embeddings", 1, kMaxPositions, 77);
  result.layers = config.integer("num_hidden_layers", 1, kMaxLayers, 12);
  result.style = encoder_style(config, {512, 2048, 8, 1e-5, true});
  return result;
}

}  // namespace

struct TextEncoder::Network {
  Network(const std::filesystem::path& folder, at::Device d, std::optional<std::uint64_t> seed)
      : Network(read_config(folder / "config.json"),
                weights_of(folder, kWeightsStem, d, seed, current_text_name), d) {
    json = files::read_json_file(folder / "config.json");
    load_as_float32(json);
  }

  Network(const Config& c, Weights weights, at::Device d)
      : device(d),
        config(c),
        token_embedding((Scope(weights) / "embeddings" / "token_embedding")
                            .take("weight", {c.vocabulary, c.style.width})),
        position_embedding((Scope(weights) / "embeddings" / "position_embedding")
                               .take("weight", {c.positions, c.style.width})),
        final_norm(Scope(weights) / "final_layer_norm", c.style.width, c.style.epsilon) {
    for (int i = 0; i < c.layers; ++i) {
      layers.emplace_back(Scope(weights) / "encoder" / "layers" / i, c.style);
    }
    weights.finish();
    parameters = weights.taken();
    adaptable = weights.adaptable_layers();
  }

  at::Device device;
  Config config;
  at::Tensor token_embedding, position_embedding;
  LayerNorm final_norm;
  std::vector<EncoderLayer> layers;
  std::vector<std::pair<std::string, at::Tensor>> parameters;
  std::vector<AdaptableLayer> adaptable;
  nlohmann::json json;
};

TextEncoder::TextEncoder(const std::filesystem::path& model_folder, at::Device device,
                         std::optional<std::uint64_t> seed)
    : network_(std::make_unique<Network>(model_folder / "text_encoder", device, seed)) {}
TextEncoder::~TextEncoder() = default;
TextEncoder::TextEncoder(TextEncoder&&) noexcept = default;
TextEncoder& TextEncoder::operator=(TextEncoder&&) noexcept = default;

void TextEncoder::check(const at::Tensor& ids) const {
  const auto& config = network_->config;
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

at::Tensor TextEncoder::encode(const at::Tensor& ids) const {
  check(ids);
  return forward(ids);
}

at::Tensor TextEncoder::forward(const at::Tensor& ids) const {
  at::Tensor x = at::embedding(network_->token_embedding, ids.to(network_->device)) +
                 network_->position_embedding.narrow(0, 0, ids.size(1));
  for (const auto& layer : network_->layers) x = layer(x, /*causal=*/true);
  return network_->final_norm(x);
}

const std::vector<std::pair<std::string, at::Tensor>>& TextEncoder::named_parameters() const {
  return network_->parameters;
}
const std::vector<AdaptableLayer>& TextEncoder::adaptable_layers() const {
  return network_->adaptable;
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
  return network_->config.style.width;
}
at::Device TextEncoder::device() const {
  return network_->device;
}

}  // namespace diffusion
