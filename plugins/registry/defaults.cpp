#include "registry/defaults.h"

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <variant>

#include "executor/error.h"
#include "executor/files/file_error.h"
#include "executor/files/json_file.h"
#include "registry/request_checks.h"
#include "registry/target_checks.h"
#include "schemas/request_limits.h"
#include "schemas/train_option_table.h"

namespace registry {
namespace {

constexpr const char* kMetamodel = "metamodel";

[[noreturn]] void refuse(const std::string& cause, const std::string& hint = "") {
  throw executor::Error("bad_config", cause, hint);
}

void read(const std::string& key, const nlohmann::json& json, double& value) {
  if (!json.is_number()) refuse(key + " is no number");
  value = json.get<double>();
}

void read(const std::string& key, const nlohmann::json& json, std::int64_t& value) {
  if (!json.is_number_integer()) refuse(key + " is no whole number");
  value = json.get<std::int64_t>();
}

void read(const std::string& key, const nlohmann::json& json, std::uint64_t& value) {
  if (!json.is_number_unsigned()) refuse(key + " is no whole number from 0");
  value = json.get<std::uint64_t>();
}

void read(const std::string& key, const nlohmann::json& json, bool& value) {
  if (!json.is_boolean()) refuse(key + " is neither true nor false");
  value = json.get<bool>();
}

void read(const std::string& key, const nlohmann::json& json, std::string& value) {
  if (!json.is_string()) refuse(key + " is no text");
  value = json.get<std::string>();
}

template <typename T>
void read(const std::string& key, const nlohmann::json& json, std::optional<T>& value) {
  read(key, json, value.emplace());
}

template <typename T>
void take(const nlohmann::json& json, const char* key, T& value, T least, T most) {
  if (!json.contains(key)) return;
  read(key, json[key], value);
  require_range(key, value, least, most);
}

void take_training(const nlohmann::json& json, schemas::TrainOptions& options) {
  for (const auto& option : schemas::kTrainOptions) {
    const std::string key(option.name);
    if (option.unset != schemas::Unset::advised || !json.contains(key)) continue;
    std::visit([&](const auto field) { read(key, json[key], options.*field); }, option.field);
  }
  if (const auto fault = schemas::fault_in(options)) refuse(fault->cause, fault->hint);
  if (options.num_class_images == 0) {
    refuse("num_class_images is 0", "give it from 1: a request without them says so itself");
  }
}

void take_all(const nlohmann::json& json, Defaults& defaults) {
  take_training(json, defaults.training);
  take(json, "num_inference_steps", defaults.num_inference_steps, std::int64_t{1},
       schemas::kMaxInferenceSteps);
  take(json, "guidance_scale", defaults.guidance_scale, 0.0, schemas::kMaxGuidanceScale);
}

Defaults of_the_prototype() {
  Defaults defaults;
  defaults.training.learning_rate = 5e-6;
  defaults.training.lr_scheduler = "constant";
  defaults.training.max_train_steps = 200;
  defaults.training.train_text_encoder = false;
  return defaults;
}

}  // namespace

const Defaults& Advice::for_target(const std::string& target) const {
  return is_metamodel(target) ? metamodel : one;
}

Advice read_advice(const std::filesystem::path& model_folder) {
  Advice advice{.one = of_the_prototype(), .metamodel = of_the_prototype()};
  const auto file = model_folder / "souvenir.json";
  if (!std::filesystem::exists(file)) return advice;
  try {
    const auto json = files::ConfigFile(file).json();
    take_all(json, advice.one);
    advice.metamodel = advice.one;
    if (!json.contains(kMetamodel)) return advice;
    if (!json[kMetamodel].is_object()) {
      throw executor::Error("bad_config", std::string(kMetamodel) + " is no object");
    }
    take_all(json[kMetamodel], advice.metamodel);
  } catch (const files::Error& error) {
    throw executor::Error("bad_config", error.what());
  } catch (const executor::Error& error) {
    throw executor::Error("bad_config", file.string() + ": " + error.what(), error.hint());
  }
  return advice;
}

}  // namespace registry
