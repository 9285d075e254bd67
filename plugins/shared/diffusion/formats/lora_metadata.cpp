#include "diffusion/formats/lora_metadata.h"

#include <algorithm>
#include <cmath>
#include <set>
#include <string_view>

#include "diffusion/formats/diffusion_error.h"
#include "diffusion/formats/lora_layers.h"
#include "executor/files/json_text.h"

namespace diffusion {
namespace {

constexpr const char* kPeftKey = "lora_adapter_metadata";
constexpr std::string_view kOfPatterns = "*+?()[]{}|^$\\";

// As Python writes it: "8" or "0.5".
std::string text_of(double value) {
  return nlohmann::json(value).dump();
}

bool is_wide(const std::string& layer) {
  return is_target(layer, LoraTargets::all) && !is_target(layer, LoraTargets::linear);
}

// One number for all, or sd-scripts' word for several.
template <typename Number>
std::string common(const std::set<Number>& values) {
  if (values.size() != 1) return "Dynamic";
  const auto value = static_cast<double>(*values.begin());
  return value == std::floor(value) ? nlohmann::json(static_cast<std::int64_t>(value)).dump()
                                    : text_of(value);
}

void add_ranks(const LoraScales& scales, LoraMetadata& to) {
  std::set<std::int64_t> ranks, wide_ranks;
  std::set<double> alphas, wide_alphas;
  for (const auto& [layer, scale] : scales) {
    (is_wide(layer) ? wide_ranks : ranks).insert(scale.rank);
    (is_wide(layer) ? wide_alphas : alphas).insert(scale.alpha);
  }
  to["ss_network_module"] = "networks.lora";
  to["ss_network_dim"] = common(ranks.empty() ? wide_ranks : ranks);
  to["ss_network_alpha"] = common(alphas.empty() ? wide_alphas : alphas);
  if (wide_ranks.empty()) return;
  to["ss_network_args"] =
      nlohmann::json{{"conv_dim", common(wide_ranks)}, {"conv_alpha", common(wide_alphas)}}.dump();
}

void add_modelspec(const LoraDescription& d, const std::string& hash, LoraMetadata& to) {
  const auto side = std::to_string(d.resolution);
  const std::string architecture = !d.second        ? "stable-diffusion-v1"
                                   : d.v_prediction ? "stable-diffusion-v2-768-v"
                                                    : "stable-diffusion-v2-512";
  const LoraMetadata spec = {
      {"sai_model_spec", "1.0.0"},
      {"architecture", architecture + "/lora"},
      {"implementation", "https://github.com/Stability-AI/generative-models"},
      {"title", d.title},
      {"date", d.date},
      {"resolution", side + "x" + side},
      {"prediction_type", d.v_prediction ? "v" : "epsilon"},
      {"trigger_phrase", d.identifier},
      {"hash_sha256", "0x" + hash}};
  for (const auto& [key, value] : spec) {
    if (!value.empty()) to["modelspec." + key] = value;
  }
}

std::string part_of(const std::string& layer) {
  return layer.starts_with(kTextLayer) ? kTextLayer : kUNetLayer;
}

// The settings of one part's LoraConfig: what most layers have, and the others by name. peft looks
// for modules whose names end so. Those of a text encoder begin with `text_model.` in transformers
// 4, and in 5 they do not.
nlohmann::json peft_settings(const LoraScales& scales, const std::string& part) {
  nlohmann::json targets = nlohmann::json::array(), ranks = nlohmann::json::object(),
                 alphas = nlohmann::json::object();
  std::map<std::int64_t, int> rank_counts;
  std::map<double, int> alpha_counts;
  for (const auto& [layer, scale] : scales) {
    if (part_of(layer) != part) continue;
    ++rank_counts[scale.rank];
    ++alpha_counts[scale.alpha];
  }
  if (rank_counts.empty()) return {};
  const auto fewer = [](const auto& a, const auto& b) { return a.second < b.second; };
  const auto rank = std::max_element(rank_counts.begin(), rank_counts.end(), fewer)->first;
  const auto alpha = std::max_element(alpha_counts.begin(), alpha_counts.end(), fewer)->first;
  for (const auto& [layer, scale] : scales) {
    if (part_of(layer) != part) continue;
    const auto name = layer.substr(part.size());
    targets.push_back(name);
    if (scale.rank != rank) ranks[name] = scale.rank;
    if (scale.alpha != alpha) alphas[name] = scale.alpha;
  }
  return {{"r", rank},
          {"lora_alpha", alpha},
          {"target_modules", targets},
          {"rank_pattern", ranks},
          {"alpha_pattern", alphas}};
}

}  // namespace

LoraMetadata kohya_metadata(const LoraDescription& d, const LoraScales& scales,
                            const std::string& hash) {
  LoraMetadata result = {{"ss_base_model_version", d.second ? "sd_v2" : "sd_v1"},
                         {"ss_v2", d.second ? "True" : "False"},
                         {"ss_output_name", d.title},
                         {"ss_learning_rate", text_of(d.learning_rate)},
                         {"ss_steps", std::to_string(d.steps)},
                         {"ss_seed", std::to_string(d.seed)},
                         {"sshs_model_hash", hash}};
  if (!d.identifier.empty()) {
    result["ss_tag_frequency"] = nlohmann::json{{d.title, {{d.identifier, d.pictures}}}}.dump();
  }
  add_ranks(scales, result);
  add_modelspec(d, hash, result);
  return result;
}

LoraMetadata peft_metadata(const LoraScales& scales) {
  nlohmann::json all = nlohmann::json::object();
  for (const std::string part : {kUNetLayer, kTextLayer}) {
    const auto settings = peft_settings(scales, part);
    for (const auto& [key, value] : settings.items()) all[part + key] = value;
  }
  return {{"format", "pt"}, {kPeftKey, all.dump()}};
}

PeftSettings::PeftSettings(const LoraMetadata& metadata) {
  const auto found = metadata.find(kPeftKey);
  if (found == metadata.end()) return;
  settings_ = files::parse_json(found->second);
  if (settings_.is_object()) return;
  throw Error(std::string(kPeftKey) + " in the metadata is no JSON object");
}

double PeftSettings::alpha(const std::string& layer, std::uint64_t rank) const {
  const auto part = part_of(layer);
  auto value = static_cast<double>(rank);
  if (settings_.is_null()) return value;
  try {
    value = settings_.value(part + "lora_alpha", value);
    const auto patterns = settings_.value(part + "alpha_pattern", nlohmann::json::object());
    // A key is the end of a module's name. As a regular expression it might mean more.
    for (const auto& [key, alpha] : patterns.items()) {
      if (key.find_first_of(kOfPatterns) != key.npos) {
        throw Error("alpha_pattern in the metadata has the expression \"" + key + "\"");
      }
      if (!("." + peft_name(layer)).ends_with("." + key)) continue;
      value = alpha.get<double>();
      break;
    }
    const bool by_root = settings_.value(part + "use_rslora", false);
    return by_root ? value * std::sqrt(static_cast<double>(rank)) : value;
  } catch (const nlohmann::json::exception&) {
    throw Error(std::string(kPeftKey) + " in the metadata has another type than peft writes");
  }
}

}  // namespace diffusion
