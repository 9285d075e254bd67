#include "flow/command/model_facts.h"

#include <nlohmann/json.hpp>
#include <sstream>

#include "executor/error.h"
#include "executor/files/file_error.h"
#include "executor/files/input_file.h"
#include "executor/files/json_file.h"
#include "executor/files/json_text.h"
#include "executor/files/read_file.h"

namespace flow::command {
namespace {

namespace fs = std::filesystem;
using executor::Error;
using nlohmann::json;

// Of a safetensors file. That of a Stable Diffusion model has under 1 MiB and 20,000 values.
constexpr files::JsonLimits kHeaderLimits;
constexpr std::size_t kMaxRevisionBytes = 256;

[[noreturn]] void throw_wrong(const fs::path& file, const std::string& why) {
  throw Error("bad_config", file.string() + " " + why, "the model must be a diffusers folder");
}

json read_json(const fs::path& file) {
  if (!fs::exists(file)) throw_wrong(file, "is missing");
  try {
    return files::ConfigFile(file).json();
  } catch (const files::Error& error) {
    throw Error("bad_config", error.what(), "the model must be a diffusers folder");
  }
}

std::string header_of(const fs::path& file) {
  try {
    const files::InputFile in(file);
    unsigned char length_bytes[8] = {};
    if (in.read(reinterpret_cast<char*>(length_bytes), sizeof length_bytes, 0) <
        sizeof length_bytes)
      throw_wrong(file, "is truncated");
    std::uint64_t length = 0;
    for (int i = 7; i >= 0; --i) length = length << 8 | length_bytes[i];
    if (length > kHeaderLimits.bytes) throw_wrong(file, "is not a safetensors file");
    std::string header(length, '\0');
    if (in.read(header.data(), length, sizeof length_bytes) < length)
      throw_wrong(file, "is truncated");
    return header;
  } catch (const files::Error& error) {
    throw Error("bad_config", error.what(), "the model must be a diffusers folder");
  }
}

// The whole file, else the first variant, else the parts: the order in which the executors look.
std::vector<fs::path> weights_of(const fs::path& folder) {
  const std::string stem =
      folder.filename() == "text_encoder" ? "model" : "diffusion_pytorch_model";
  for (const char* variant : {"", ".fp32", ".fp16", ".bf16"}) {
    const auto file = folder / (stem + variant + ".safetensors");
    if (fs::exists(file)) return {file};
  }
  std::vector<fs::path> parts;
  std::error_code none;
  for (const auto& entry : fs::directory_iterator(folder, none)) {
    const auto name = entry.path().filename().string();
    if (name.starts_with(stem) && name.ends_with(".safetensors")) parts.push_back(entry.path());
  }
  return parts;
}

std::uint64_t parameters_of(const fs::path& component) {
  const auto files = weights_of(component);
  if (files.empty()) throw_wrong(component, "has no weights (.safetensors)");
  std::uint64_t count = 0;
  for (const auto& file : files) count += count_parameters(file);
  return count;
}

// VAE: one halving between two blocks (diffusers AutoencoderKL, vae_scale_factor).
std::int64_t picture_size(const fs::path& model) {
  try {
    const auto blocks = read_json(model / "vae" / "config.json").at("block_out_channels").size();
    const std::int64_t latents = read_json(model / "unet" / "config.json").at("sample_size");
    return latents << (blocks - 1);
  } catch (const json::exception& error) {
    throw_wrong(model, std::string("has an invalid configuration: ") + error.what());
  }
}

void take_advice(const fs::path& file, bool metamodel, ModelFacts& facts) {
  if (!fs::exists(file)) return;
  try {
    auto advice = read_json(file);
    if (metamodel && advice.contains("metamodel")) advice.update(advice["metamodel"]);
    facts.learning_rate = advice.value("learning_rate", facts.learning_rate);
    facts.max_train_steps = advice.value("max_train_steps", facts.max_train_steps);
    facts.num_inference_steps = advice.value("num_inference_steps", facts.num_inference_steps);
    facts.num_class_images = advice.value("num_class_images", facts.num_class_images);
    if (advice.contains("train_batch_size")) facts.train_batch_size = advice["train_batch_size"];
    facts.train_text_encoder = advice.value("train_text_encoder", facts.train_text_encoder);
  } catch (const json::exception& error) {
    throw_wrong(file, std::string("is invalid: ") + error.what());
  }
}

}  // namespace

std::uint64_t count_parameters(const fs::path& file) {
  std::uint64_t count = 0;
  try {
    const json tensors = files::parse_json(header_of(file), kHeaderLimits);
    for (const auto& [name, tensor] : tensors.items()) {
      if (name == "__metadata__") continue;
      std::uint64_t extent = 1;
      for (const auto& side : tensor.at("shape")) extent *= side.get<std::uint64_t>();
      count += extent;
    }
  } catch (const files::Error&) {
    throw_wrong(file, "has an invalid safetensors header");
  } catch (const json::exception&) {
    throw_wrong(file, "has an invalid safetensors header");
  }
  return count;
}

fs::path model_folder(const fs::path& model) {
  if (fs::exists(model / "model_index.json") || !fs::exists(model / "snapshots")) return model;
  std::string revision;
  try {
    std::istringstream(files::read_file(model / "refs" / "main", kMaxRevisionBytes)) >> revision;
  } catch (const files::Error&) {
    // Without it there is no such folder, which is said of the model's files.
  }
  return model / "snapshots" / revision;
}

std::vector<std::string> missing_files(const fs::path& model) {
  std::vector<std::string> missing;
  for (const char* name :
       {"model_index.json", "unet/config.json", "vae/config.json", "text_encoder/config.json",
        "tokenizer", "scheduler/scheduler_config.json"}) {
    if (!fs::exists(model / name)) missing.emplace_back(name);
  }
  for (const char* name : {"unet", "vae", "text_encoder"}) {
    if (weights_of(model / name).empty()) missing.push_back(std::string(name) + "/*.safetensors");
  }
  return missing;
}

ModelFacts read_model_facts(const fs::path& model, bool metamodel) {
  const auto folder = model_folder(model);
  if (fs::is_regular_file(folder)) {
    throw Error("bad_config",
                model.string() +
                    " is a single file: what it takes is known when it "
                    "has been converted",
                "start it once: souvenir up; then name the folder below "
                "SOUVENIR_HOME/converted");
  }
  ModelFacts facts;
  facts.unet_parameters = parameters_of(folder / "unet");
  facts.other_parameters = parameters_of(folder / "vae") + parameters_of(folder / "text_encoder");
  facts.size = picture_size(folder);
  take_advice(folder / "souvenir.json", metamodel, facts);
  return facts;
}

}  // namespace flow::command
