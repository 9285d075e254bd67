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
constexpr const char* kRemedy = "the model must be a diffusers folder";
constexpr const char* kBlocks = "block_out_channels";
constexpr std::size_t kMaxBlocks = 8;
constexpr int kMaxSample = 4096;

[[noreturn]] void throw_wrong(const fs::path& file, const std::string& why) {
  throw Error("bad_config", file.string() + " " + why, kRemedy);
}

files::ConfigFile read_config(const fs::path& file) {
  if (!fs::exists(file)) throw_wrong(file, "is missing");
  try {
    return files::ConfigFile(file);
  } catch (const files::Error& error) {
    throw Error("bad_config", error.cause(), error.remedy().empty() ? kRemedy : error.remedy());
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
    throw Error("bad_config", error.what(), kRemedy);
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
  const auto vae = read_config(model / "vae" / "config.json");
  const auto unet = read_config(model / "unet" / "config.json");
  try {
    const auto& blocks = vae.has(kBlocks) ? vae.json().at(kBlocks) : json();
    if (!blocks.is_array() || blocks.empty() || blocks.size() > kMaxBlocks) {
      vae.fail(kBlocks, "must be a list of 1 to " + std::to_string(kMaxBlocks) + " numbers");
    }
    return std::int64_t{unet.integer("sample_size", 1, kMaxSample)} << (blocks.size() - 1);
  } catch (const files::Error& error) {
    throw Error("bad_config", error.what(), kRemedy);
  }
}

// `field`, when the advice has it.
template <typename T>
void take(const json& advice, const char* key, T& field) {
  const auto found = advice.find(key);
  if (found == advice.end()) return;
  try {
    field = found->get<T>();
  } catch (const json::exception& error) {
    throw files::Error(std::string("\"") + key + "\": " + files::wrong_type(error));
  }
}

void take_advice(const fs::path& file, bool metamodel, ModelFacts& facts) {
  if (!fs::exists(file)) return;
  auto advice = read_config(file).json();
  try {
    if (metamodel && advice.contains("metamodel")) {
      if (!advice["metamodel"].is_object()) throw files::Error("\"metamodel\" must be an object");
      advice.update(json(advice["metamodel"]));
    }
    take(advice, "learning_rate", facts.learning_rate);
    take(advice, "max_train_steps", facts.max_train_steps);
    take(advice, "num_inference_steps", facts.num_inference_steps);
    take(advice, "num_class_images", facts.num_class_images);
    std::int64_t batch_size = 0;
    take(advice, "train_batch_size", batch_size);
    if (advice.contains("train_batch_size")) facts.train_batch_size = batch_size;
    take(advice, "train_text_encoder", facts.train_text_encoder);
  } catch (const files::Error& error) {
    throw Error("bad_config", file.string() + ": " + error.what(), kRemedy);
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
