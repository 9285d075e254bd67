#include "diffusion/formats/lora_keys.h"

#include <string_view>
#include <utility>

#include "diffusion/formats/lora_layers.h"

namespace diffusion {
namespace {

struct Ending {
  std::string_view text;
  LoraPart part;
  bool of_processor;  // the layer's name is spelled as attention processors spelled it
};

constexpr Ending kEndings[] = {{".lora_down.weight", LoraPart::down, false},
                               {".lora_up.weight", LoraPart::up, false},
                               {".lora_A.weight", LoraPart::down, false},
                               {".lora_B.weight", LoraPart::up, false},
                               {".lora.down.weight", LoraPart::down, false},
                               {".lora.up.weight", LoraPart::up, false},
                               {".lora_linear_layer.down.weight", LoraPart::down, false},
                               {".lora_linear_layer.up.weight", LoraPart::up, false},
                               {"_lora.down.weight", LoraPart::down, true},
                               {"_lora.up.weight", LoraPart::up, true},
                               {".alpha", LoraPart::alpha, false}};

// How the processors' names end, and the layers'.
constexpr std::pair<std::string_view, std::string_view> kOfUNet[] = {{".to_out", ".to_out.0"}};
constexpr std::pair<std::string_view, std::string_view> kOfText[] = {
    {".to_q", ".q_proj"}, {".to_k", ".k_proj"}, {".to_v", ".v_proj"}, {".to_out", ".out_proj"}};

constexpr std::string_view kFirstTextEncoder = "lora_te1_";
constexpr std::string_view kTextModel = "text_model.";

template <typename Spellings>
std::string respelled(const std::string& name, const Spellings& spellings) {
  for (const auto& [old_end, new_end] : spellings) {
    if (!name.ends_with(old_end)) continue;
    return name.substr(0, name.size() - old_end.size()) + std::string(new_end);
  }
  return name;
}

std::string without(std::string name, std::string_view part) {
  const auto at = name.find(part);
  return at == name.npos ? name : name.erase(at, part.size());
}

std::string of_processor(const std::string& name) {
  if (name.find(".self_attn.") != name.npos) return respelled(name, kOfText);
  return respelled(without(name, ".processor"), kOfUNet);
}

}  // namespace

LoraKeys::LoraKeys(const Shapes& layers) : layers_(layers) {
  for (const auto& [layer, shape] : layers) by_kohya_name_.emplace(kohya_name(layer), layer);
}

std::optional<LoraKey> LoraKeys::find(const std::string& tensor) const {
  for (const auto& [end, part, processor] : kEndings) {
    if (!tensor.ends_with(end)) continue;
    const auto name = tensor.substr(0, tensor.size() - end.size());
    const auto layer = layer_of(processor ? of_processor(name) : name);
    if (!layer.empty()) return LoraKey{layer, part};
  }
  return {};
}

std::string LoraKeys::layer_of(std::string name) const {
  if (name.starts_with(kFirstTextEncoder)) name.replace(0, kFirstTextEncoder.size(), "lora_te_");
  const auto kohya = by_kohya_name_.find(name);
  if (kohya != by_kohya_name_.end()) return kohya->second;
  const auto plain = without(std::move(name), kTextModel);
  for (const char* part : {"", kUNetLayer, kTextLayer}) {
    if (layers_.contains(part + plain)) return part + plain;
  }
  return "";
}

}  // namespace diffusion
