#include "diffusion/judge/vision_transformer.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/tensor.h>

#include <nlohmann/json.hpp>
#include <optional>
#include <vector>

#include "diffusion/formats/diffusion_error.h"
#include "diffusion/formats/safetensors.h"
#include "diffusion/formats/weight_files.h"
#include "diffusion/judge/vision_names.h"
#include "diffusion/networks/encoder_layer.h"
#include "diffusion/networks/layers.h"
#include "diffusion/networks/weights.h"
#include "executor/files/json_file.h"

namespace diffusion {
namespace {

constexpr int kMaxSidePx = 1024, kMaxLayers = 128, kMaxProjection = 65536;
constexpr const char* kStem = "model";

struct Config {
  bool clip;
  int side, patch, layers, projection;  // projection: 0 = none
  diffusion::EncoderStyle style;
  std::vector<double> mean, deviation;
};

std::vector<double> three_numbers(const nlohmann::json& json, const char* key,
                                  const std::vector<double>& fallback) {
  const auto found = json.find(key);
  if (found == json.end() || !found->is_array() || found->size() != 3) return fallback;
  return found->get<std::vector<double>>();
}

// What a model folder has: its names tell whether CLIP's projection is among its weights.
bool has_projection(const std::filesystem::path& folder) {
  for (const auto& path : diffusion::weight_files(folder, kStem)) {
    const diffusion::SafetensorsFile file(path);
    for (const auto& name : file.names()) {
      if (name == "visual_projection.weight") return true;
    }
  }
  return false;
}

Config read_config(const std::filesystem::path& folder) {
  const files::ConfigFile file(folder / "config.json");
  const auto type = file.text("model_type", "");
  Config config{};
  config.clip = type != "vit";
  if (type == "clip") {
    file.fail("model_type",
              "is a whole CLIP model; save its vision half: CLIPVisionModel"
              "WithProjection.from_pretrained(...).save_pretrained(...)");
  }
  if (type != "vit" && type != "clip_vision_model") {
    file.fail("model_type",
              "is \"" + type + "\"; supported are souvenir-judge, vit and clip_vision_model");
  }
  file.only("num_channels", 3);
  file.only("qkv_bias", true);
  config.side = file.integer("image_size", 1, kMaxSidePx, 224);
  config.patch = file.integer("patch_size", 1, kMaxSidePx, config.clip ? 32 : 16);
  config.layers = file.integer("num_hidden_layers", 1, kMaxLayers, 12);
  config.style = diffusion::encoder_style(
      file, config.clip ? diffusion::EncoderStyle{768, 3072, 12, 1e-5, true}
                        : diffusion::EncoderStyle{768, 3072, 12, 1e-12, false});
  if (config.clip && has_projection(folder)) {
    config.projection = file.integer("projection_dim", 1, kMaxProjection, 512);
  }
  const auto how = folder / "preprocessor_config.json";
  const auto json =
      std::filesystem::exists(how) ? files::read_json_file(how) : nlohmann::json::object();
  using Three = std::vector<double>;
  config.mean =
      three_numbers(json, "image_mean",
                    config.clip ? Three{0.48145466, 0.4578275, 0.40821073} : Three{0.5, 0.5, 0.5});
  config.deviation =
      three_numbers(json, "image_std",
                    config.clip ? Three{0.26862954, 0.26130258, 0.27577711} : Three{0.5, 0.5, 0.5});
  return config;
}

at::Tensor channels(const std::vector<double>& values, at::Device device) {
  return at::tensor(values, at::kFloat).reshape({1, 3, 1, 1}).to(device);
}

}  // namespace

struct VisionTransformer::Layers {
  Layers(const Config& c, diffusion::Weights weights, at::Device d)
      : config(c),
        device(d),
        mean(channels(c.mean, d)),
        deviation(channels(c.deviation, d)),
        patch_weight(scope(weights, "patch_embedding")
                         .take("weight", {c.style.width, 3, c.patch, c.patch})) {
    const std::int64_t across = c.side / c.patch, width = c.style.width;
    if (!c.clip) patch_bias = scope(weights, "patch_embedding").take("bias", {width});
    class_token = (diffusion::Scope(weights) / "embeddings")
                      .take("class_embedding",
                            c.clip ? at::IntArrayRef({width}) : at::IntArrayRef({1, 1, width}));
    positions = scope(weights, "position_embedding")
                    .take("weight", c.clip ? at::IntArrayRef({across * across + 1, width})
                                           : at::IntArrayRef({1, across * across + 1, width}));
    if (c.clip)
      pre_norm.emplace(diffusion::Scope(weights) / "pre_layrnorm", width, c.style.epsilon);
    for (int i = 0; i < c.layers; ++i) {
      blocks.emplace_back(diffusion::Scope(weights) / "encoder" / "layers" / i, c.style);
    }
    post_norm.emplace(diffusion::Scope(weights) / "post_layernorm", width, c.style.epsilon);
    if (c.projection) {
      projection.emplace(diffusion::Scope(weights) / "visual_projection", width, c.projection,
                         false);
    }
    weights.finish();
  }

  static diffusion::Scope scope(diffusion::Weights& weights, const char* name) {
    return diffusion::Scope(weights) / "embeddings" / name;
  }

  Config config;
  at::Device device;
  at::Tensor mean, deviation, patch_weight, patch_bias, class_token, positions;
  std::optional<diffusion::LayerNorm> pre_norm, post_norm;
  std::vector<diffusion::EncoderLayer> blocks;
  std::optional<diffusion::Linear> projection;
};

VisionTransformer::VisionTransformer(const std::filesystem::path& folder, at::Device device)
    : layers_(std::make_unique<Layers>(
          read_config(folder), diffusion::Weights(folder, kStem, device, vision_name), device)) {}
VisionTransformer::~VisionTransformer() = default;
VisionTransformer::VisionTransformer(VisionTransformer&&) noexcept = default;
VisionTransformer& VisionTransformer::operator=(VisionTransformer&&) noexcept = default;

at::Tensor VisionTransformer::operator()(const at::Tensor& pixels) const {
  const auto& layers = *layers_;
  const std::int64_t side = layers.config.side, patch = layers.config.patch;
  if (pixels.dim() != 4 || pixels.size(1) != 3 || pixels.size(2) != side ||
      pixels.size(3) != side) {
    throw diffusion::Error("the judge takes RGB pictures of " + std::to_string(side) + "x" +
                           std::to_string(side) + " pixels");
  }
  const auto normal = ((pixels.to(layers.device) + 1) / 2 - layers.mean) / layers.deviation;
  const auto patches = at::conv2d(normal, layers.patch_weight, layers.patch_bias, {patch, patch});
  const std::int64_t width = layers.config.style.width;
  const auto tokens = layers.class_token.reshape({1, 1, width}).expand({pixels.size(0), 1, width});
  auto x = at::cat({tokens, patches.flatten(2).transpose(1, 2)}, 1) +
           layers.positions.reshape({1, -1, width});
  if (layers.pre_norm) x = (*layers.pre_norm)(x);
  for (const auto& block : layers.blocks) x = block(x, /*causal=*/false);
  x = (*layers.post_norm)(x.select(1, 0));
  if (layers.projection) x = (*layers.projection)(x);
  return x / at::linalg_vector_norm(x, 2, {1}, /*keepdim=*/true).clamp_min(1e-12);
}

int VisionTransformer::sample_size() const {
  return layers_->config.side;
}
at::Device VisionTransformer::device() const {
  return layers_->device;
}

}  // namespace diffusion
