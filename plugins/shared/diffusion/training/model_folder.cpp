#include "diffusion/training/model_folder.h"

#include <algorithm>
#include <string_view>
#include <utility>
#include <vector>

#include "diffusion/formats/diffusion_error.h"
#include "diffusion/formats/listed_parts.h"
#include "diffusion/formats/model_files.h"
#include "diffusion/formats/part_fit.h"
#include "diffusion/formats/safetensors.h"
#include "diffusion/networks/unet.h"
#include "diffusion/networks/weights.h"
#include "executor/files/durable_file.h"
#include "executor/files/json_file.h"

namespace diffusion {
namespace {

constexpr int kMostSteps = 1'000'000;

void require_file(const std::filesystem::path& file) {
  if (std::filesystem::is_regular_file(file)) return;
  throw Error(file.string() + ": is missing; a model is a folder as diffusers writes it for " +
              "StableDiffusionPipeline");
}

}  // namespace

void copy_components(const std::filesystem::path& base, const std::filesystem::path& destination,
                     const std::vector<std::string>& without) {
  for (const auto& part : listed_parts(base)) {
    const bool wanted = std::find(without.begin(), without.end(), part.name) == without.end();
    if (wanted && part.there) copy_component(base, part.name, destination / part.name);
  }
  copy_index(base, destination / "model_index.json", without);
  if (std::filesystem::exists(base / "souvenir.json")) {
    copy_model_file(base, "souvenir.json", destination / "souvenir.json");
  }
}

ModelDefaults ModelDefaults::from_model_folder(const std::filesystem::path& model_folder) {
  ModelDefaults result;
  const auto file = model_folder / "souvenir.json";
  if (!std::filesystem::exists(file)) return result;
  const files::ConfigFile config(file);
  config.refuse_others({"learning_rate", "max_train_steps", "num_inference_steps", "guidance_scale",
                        "num_class_images", "train_text_encoder", "train_batch_size",
                        "lr_scheduler", "metamodel"});
  result.learning_rate = config.number("learning_rate", 0, 1, result.learning_rate);
  result.max_train_steps = config.integer("max_train_steps", 1, kMostSteps, result.max_train_steps);
  result.num_inference_steps =
      config.integer("num_inference_steps", 1, kMostSteps, result.num_inference_steps);
  result.guidance_scale = config.number("guidance_scale", 0, 100, result.guidance_scale);
  result.num_class_images =
      config.integer("num_class_images", 0, kMostSteps, result.num_class_images);
  return result;
}

void check_model_folder(const std::filesystem::path& model_folder) {
  require_file(model_folder / "model_index.json");
  check_links(model_folder);
  const files::ConfigFile index(model_folder / "model_index.json");
  for (const auto& [folder, stem] : kWeightedComponents) {
    if (!index.has(folder)) index.fail(folder, "is not listed: this is no Stable Diffusion 1 or 2");
    require_file(model_folder / folder / "config.json");
    for (const auto& file : weight_files(model_folder / folder, stem)) SafetensorsFile{file};
  }
  require_file(model_folder / "scheduler" / "scheduler_config.json");
  require_file(model_folder / "tokenizer" / "tokenizer_config.json");
  fitting_parts(model_folder);
}

void copy_model_files(const std::filesystem::path& from, const std::filesystem::path& to) {
  try {
    for (const char* folder : {"tokenizer", "scheduler"}) {
      std::filesystem::create_directories(to / folder);
      copy_configurations(from, folder, to / folder);
    }
    for (const char* file :
         {"model_index.json", "souvenir.json", "identifiers.txt", "general_words.txt"}) {
      if (std::filesystem::exists(from / file)) copy_model_file(from, file, to / file);
    }
  } catch (const std::filesystem::filesystem_error& e) {
    throw Error(to.string() + ": the model cannot be written: " + e.what());
  }
}

void write_model_folder(const std::filesystem::path& base_folder, const UNet& unet,
                        const std::filesystem::path& destination) {
  try {
    if (std::filesystem::exists(destination) && !std::filesystem::is_empty(destination)) {
      throw Error(destination.string() + ": is not empty; a model is never written over another");
    }
    std::filesystem::create_directories(destination);
    copy_components(base_folder, destination, {"unet"});
    unet.save(destination / "unet");
    files::flush_folder(destination);
  } catch (const std::filesystem::filesystem_error& e) {
    throw Error(destination.string() + ": the model cannot be written: " + e.what());
  }
}

}  // namespace diffusion
