#include "diffusion/training/export_model.h"

#include <ATen/core/IListRef.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>

#include <ctime>

#include "diffusion/formats/component_names.h"
#include "diffusion/formats/diffusion_error.h"
#include "diffusion/formats/loading_type.h"
#include "diffusion/formats/model_files.h"
#include "diffusion/formats/name_list.h"
#include "diffusion/formats/original_layout.h"
#include "diffusion/formats/safetensors.h"
#include "diffusion/formats/scheduler_config.h"
#include "diffusion/formats/weight_files.h"
#include "diffusion/training/model_folder.h"
#include "executor/files/durable_file.h"
#include "executor/files/json_file.h"

namespace diffusion {
namespace {

namespace fs = std::filesystem;
using Tensors = std::map<std::string, at::Tensor>;
using Rename = std::string (*)(const std::string&);

constexpr const char* kModelStem = "diffusion_pytorch_model";
constexpr const char* kTextStem = "model";

// They read the mapped files, which live as long as the tensors.
Tensors tensors_of(const fs::path& component, const std::string& stem, Rename rename = nullptr) {
  Tensors tensors;
  for (const auto& path : weight_files(component, stem)) {
    const SafetensorsFile file(path);
    for (const auto& name : file.names()) {
      const auto known_as = rename ? rename(name) : name;
      if (!known_as.empty()) tensors.emplace(known_as, file.tensor(name));
    }
  }
  return tensors;
}

// Moves the tensors of one component over under their original names, and says what is missing.
class Mover {
 public:
  Mover(Tensors from, std::string prefix, Tensors& to)
      : from_(std::move(from)), prefix_(std::move(prefix)), to_(to) {}

  void move(const LayerName& layer) {
    if (from_.count(layer.diffusers + ".weight") == 0 && !layer.optional) {
      missing_.push_back(layer.diffusers + ".weight");
    }
    for (const std::string kind : {".weight", ".bias"}) {
      const auto at = from_.find(layer.diffusers + kind);
      if (at == from_.end()) continue;
      auto tensor = at->second;
      if (layer.convolution && tensor.dim() == 2) tensor = tensor.unsqueeze(2).unsqueeze(3);
      put(layer.original + kind, tensor);
      from_.erase(at);
    }
  }
  at::Tensor take(const std::string& name) {
    const auto at = from_.find(name);
    if (at == from_.end()) {
      missing_.push_back(name);
      return {};
    }
    const auto tensor = at->second;
    from_.erase(at);
    return tensor;
  }
  void put(const std::string& original, const at::Tensor& tensor) {
    if (tensor.defined()) to_[prefix_ + original] = tensor;
  }
  void finish(const fs::path& component) const {
    if (missing_.empty()) return;
    throw Error(component.string() + ": the weights are not those of its config.json" +
                name_list("missing", missing_));
  }
  const Tensors& rest() const { return from_; }

 private:
  Tensors from_;
  std::string prefix_;
  Tensors& to_;
  std::vector<std::string> missing_;
};

void add_unet(const fs::path& folder, Tensors& to) {
  Mover mover(tensors_of(folder, kModelStem), kOriginalUNet, to);
  const auto config = UNetConfig::from_file(folder / "config.json");
  for (const auto& layer : original_unet_layers(config)) mover.move(layer);
  mover.finish(folder);
}

void add_vae(const fs::path& folder, Tensors& to) {
  Mover mover(tensors_of(folder, kModelStem, current_vae_name), kOriginalVae, to);
  const auto config = VaeConfig::from_file(folder / "config.json");
  for (const auto& layer : original_vae_layers(config)) mover.move(layer);
  mover.finish(folder);
}

void add_clip(const fs::path& folder, Tensors& to) {
  const auto tensors = tensors_of(folder, kTextStem, current_text_name);
  const auto prefix = std::string(kOriginalClip) + "text_model.";
  for (const auto& [name, tensor] : tensors) to[prefix + name] = tensor;
  const auto positions = tensors.find("embeddings.position_embedding.weight");
  if (positions == tensors.end()) throw Error(folder.string() + ": has no position embedding");
  to[prefix + "embeddings.position_ids"] =
      at::arange(positions->second.size(0), at::kLong).unsqueeze(0);
}

void add_open_clip_attention(Mover& mover, int layer) {
  const auto ours = "encoder.layers." + std::to_string(layer) + ".self_attn.";
  const auto theirs = "transformer.resblocks." + std::to_string(layer) + ".attn.in_proj_";
  for (const std::string kind : {"weight", "bias"}) {
    std::vector<at::Tensor> thirds;
    for (const char* name : {"q_proj.", "k_proj.", "v_proj."}) {
      const auto third = mover.take(ours + name + kind);
      if (third.defined()) thirds.push_back(third);
    }
    if (thirds.size() == 3) mover.put(theirs + kind, at::cat(thirds));
  }
}

void add_open_clip(const fs::path& folder, int layers, Tensors& to) {
  Mover mover(tensors_of(folder, kTextStem, current_text_name), kOriginalOpenClip, to);
  for (const auto& layer : original_open_clip_layers(layers)) mover.move(layer);
  mover.put("positional_embedding", mover.take("embeddings.position_embedding.weight"));
  for (int i = 0; i < layers; ++i) add_open_clip_attention(mover, i);
  mover.finish(folder);
  if (layers != kOpenClipLayers - 1) return;
  const std::string blocks = std::string(kOriginalOpenClip) + "transformer.resblocks.";
  const auto last = blocks + std::to_string(layers - 1) + ".";
  Tensors copies;
  for (const auto& [name, tensor] : to) {
    if (name.rfind(last, 0) != 0) continue;
    copies[blocks + std::to_string(layers) + "." + name.substr(last.size())] = tensor;
  }
  to.insert(copies.begin(), copies.end());
}

std::string now() {
  const std::time_t time = std::time(nullptr);
  std::tm utc{};
  gmtime_r(&time, &utc);
  char text[32];
  std::strftime(text, sizeof text, "%Y-%m-%dT%H:%M:%SZ", &utc);
  return text;
}

std::map<std::string, std::string> metadata_of(const fs::path& folder, bool second,
                                               const std::string& hash,
                                               const ExportOptions& options) {
  const auto unet = UNetConfig::from_file(folder / "unet" / "config.json");
  const auto vae = VaeConfig::from_file(folder / "vae" / "config.json");
  const bool v = SchedulerConfig::from_model_folder(folder).prediction_type == "v_prediction";
  const auto side = std::to_string(unet.sample_size << (vae.channels.size() - 1));
  std::map<std::string, std::string> result = {
      {"sai_model_spec", "1.0.0"},
      {"architecture", !second ? "stable-diffusion-v1"
                       : v     ? "stable-diffusion-v2-768-v"
                               : "stable-diffusion-v2-512"},
      {"implementation", "https://github.com/Stability-AI/generative-models"},
      {"title", fs::weakly_canonical(folder).filename().string()},
      {"date", now()},
      {"resolution", side + "x" + side},
      {"prediction_type", v ? "v" : "epsilon"},
      {"hash_sha256", "0x" + hash}};
  for (const auto& [key, value] : options.modelspec) result[key] = value;
  std::map<std::string, std::string> metadata = {{"format", "pt"}};
  for (const auto& [key, value] : result) metadata["modelspec." + key] = value;
  return metadata;
}

template <typename Work>
void with_clear_errors(const fs::path& target, const Work& work) {
  try {
    work();
  } catch (const fs::filesystem_error& e) {
    throw Error(target.string() + ": the model cannot be written: " + e.what());
  }
}

void check_dtype(const ExportOptions& options) {
  if (!options.dtype || *options.dtype == at::kFloat || *options.dtype == at::kHalf ||
      *options.dtype == at::kBFloat16) {
    return;
  }
  throw Error("models are exported as float32, float16 or bfloat16");
}

}  // namespace

void export_model_folder(const fs::path& model_folder, const fs::path& destination,
                         const ExportOptions& options) {
  check_dtype(options);
  check_model_folder(model_folder);
  with_clear_errors(destination, [&] {
    if (fs::exists(destination) && !fs::is_empty(destination)) {
      throw Error(destination.string() + ": is not empty; a model is never written over another");
    }
    fs::create_directories(destination);
    copy_components(model_folder, destination, {"unet", "vae", "text_encoder"});
    for (const std::string name : {"unet", "vae", "text_encoder"}) {
      const std::string stem = name == "text_encoder" ? kTextStem : kModelStem;
      fs::create_directory(destination / name);
      copy_config(model_folder, name, destination / name / "config.json");
      save_safetensors(destination / name / (stem + ".safetensors"),
                       tensors_of(model_folder / name, stem), {{"format", "pt"}}, options.dtype);
    }
    files::flush_folder(destination);
  });
}

void export_single_file(const fs::path& model_folder, const fs::path& file,
                        const ExportOptions& options) {
  check_dtype(options);
  check_model_folder(model_folder);
  with_clear_errors(file, [&] {
    const files::ConfigFile text(model_folder / "text_encoder" / "config.json");
    const bool second = text.text("hidden_act", "quick_gelu") == "gelu";
    Tensors tensors;
    add_unet(model_folder / "unet", tensors);
    add_vae(model_folder / "vae", tensors);
    if (second) {
      add_open_clip(model_folder / "text_encoder", text.integer("num_hidden_layers", 1, 1024, 12),
                    tensors);
    } else {
      add_clip(model_folder / "text_encoder", tensors);
    }
    const auto hash = hash_of_tensors(tensors, options.dtype);
    save_safetensors(file, tensors, metadata_of(model_folder, second, hash, options),
                     options.dtype);
  });
}

}  // namespace diffusion
