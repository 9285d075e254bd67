#include "registry/defaults.h"

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "diffusion/training/lr_schedule.h"
#include "executor/error.h"
#include "executor/files/file_error.h"
#include "executor/files/json_file.h"
#include "registry/request_checks.h"
#include "registry/request_limits.h"
#include "registry/target_checks.h"

namespace registry {
namespace {

constexpr const char* kMetamodel = "metamodel";

void take(const nlohmann::json& json, const char* key, double& value, double least, double most) {
  if (!json.contains(key)) return;
  if (!json[key].is_number())
    throw executor::Error("bad_config", std::string(key) + " is no number");
  value = json[key].get<double>();
  require_range(key, value, least, most);
}

void take(const nlohmann::json& json, const char* key, std::int64_t& value, std::int64_t least,
          std::int64_t most) {
  if (!json.contains(key)) return;
  if (!json[key].is_number_integer()) {
    throw executor::Error("bad_config", std::string(key) + " is no whole number");
  }
  value = json[key].get<std::int64_t>();
  require_range(key, value, least, most);
}

void take(const nlohmann::json& json, const char* key, bool& value) {
  if (!json.contains(key)) return;
  if (!json[key].is_boolean()) {
    throw executor::Error("bad_config", std::string(key) + " is neither true nor false");
  }
  value = json[key].get<bool>();
}

void take(const nlohmann::json& json, const char* key, std::string& value,
          const std::vector<std::string>& known) {
  if (!json.contains(key)) return;
  if (!json[key].is_string()) throw executor::Error("bad_config", std::string(key) + " is no text");
  value = json[key].get<std::string>();
  require_one_of(key, value, known);
}

void take_all(const nlohmann::json& json, Defaults& defaults) {
  take(json, "learning_rate", defaults.learning_rate, kMinLearningRate, kMaxLearningRate);
  take(json, "lr_scheduler", defaults.lr_scheduler, diffusion::lr_scheduler_names());
  take(json, "max_train_steps", defaults.max_train_steps, kMinTrainSteps, kMaxTrainSteps);
  take(json, "train_text_encoder", defaults.train_text_encoder);
  if (json.contains("train_batch_size")) {
    take(json, "train_batch_size", defaults.train_batch_size.emplace(), std::int64_t{1},
         kMaxTrainBatchSize);
  }
  take(json, "num_inference_steps", defaults.num_inference_steps, std::int64_t{1},
       kMaxInferenceSteps);
  take(json, "guidance_scale", defaults.guidance_scale, 0.0, kMaxGuidanceScale);
  if (json.contains("num_class_images")) {
    take(json, "num_class_images", defaults.num_class_images.emplace(), std::int64_t{1},
         kMaxClassImages);
  }
}

}  // namespace

const Defaults& Advice::for_target(const std::string& target) const {
  return is_metamodel(target) ? metamodel : one;
}

Advice read_advice(const std::filesystem::path& model_folder) {
  Advice advice;
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
