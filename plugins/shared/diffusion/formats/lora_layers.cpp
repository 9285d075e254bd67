#include "diffusion/formats/lora_layers.h"

#include <algorithm>
#include <string_view>
#include <utility>

#include "diffusion/formats/diffusion_error.h"

namespace diffusion {
namespace {

constexpr std::pair<const char*, LoraTargets> kNames[] = {{"attention", LoraTargets::attention},
                                                          {"linear", LoraTargets::linear},
                                                          {"all", LoraTargets::all}};
constexpr std::string_view kWeight = ".weight";
constexpr std::string_view kTextModel = "text_model.";

bool holds(const std::string& layer, std::string_view part) {
  return layer.find(part) != std::string::npos;
}

bool is_attention(const std::string& layer) {
  return holds(layer, ".attn1.") || holds(layer, ".attn2.") || holds(layer, ".self_attn.");
}

void add_layers(const Shapes& tensors, std::string_view part, Shapes& layers) {
  for (const auto& [name, shape] : tensors) {
    const bool has_factors = shape.size() == 2 || shape.size() == 4;
    if (!has_factors || !name.ends_with(kWeight) || name.starts_with("embeddings.")) continue;
    layers.emplace(std::string(part) + name.substr(0, name.size() - kWeight.size()), shape);
  }
}

}  // namespace

LoraTargets lora_targets(const std::string& name) {
  std::string known;
  for (const auto& [word, targets] : kNames) {
    if (name == word) return targets;
    known += (known.empty() ? "" : ", ") + std::string(word);
  }
  throw Error("a LoRA changes no layers called \"" + name + "\"", "choose one of " + known);
}

std::string name_of(LoraTargets targets) {
  const auto* found = std::find_if(std::begin(kNames), std::end(kNames),
                                   [&](const auto& entry) { return entry.second == targets; });
  return found->first;
}

bool is_target(const std::string& layer, LoraTargets targets) {
  if (is_attention(layer)) return true;
  if (targets == LoraTargets::attention) return false;
  if (layer.starts_with(kTextLayer)) return holds(layer, ".mlp.");
  if (holds(layer, ".attentions.")) return true;
  return targets == LoraTargets::all && (holds(layer, ".resnets.") || holds(layer, "samplers."));
}

Shapes lora_layers(const Shapes& unet, const Shapes& text_encoder) {
  Shapes layers;
  add_layers(unet, kUNetLayer, layers);
  add_layers(text_encoder, kTextLayer, layers);
  return layers;
}

Shapes lora_layers(const std::filesystem::path& model) {
  return lora_layers(shapes_of(UNetConfig::from_file(model / "unet" / "config.json")),
                     shapes_of(TextConfig::from_file(model / "text_encoder" / "config.json")));
}

std::string peft_name(const std::string& layer) {
  if (!layer.starts_with(kTextLayer)) return layer;
  return std::string(layer).insert(std::string_view(kTextLayer).size(), kTextModel);
}

std::string kohya_name(const std::string& layer) {
  const bool of_text = layer.starts_with(kTextLayer);
  auto name = peft_name(layer).substr(std::string_view(of_text ? kTextLayer : kUNetLayer).size());
  std::replace(name.begin(), name.end(), '.', '_');
  return (of_text ? "lora_te_" : "lora_unet_") + name;
}

}  // namespace diffusion
