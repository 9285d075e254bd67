#include "diffusion/formats/single_file.h"

#include <algorithm>
#include <set>

#include "diffusion/formats/clip_vocabulary.h"
#include "diffusion/formats/diffusion_error.h"
#include "diffusion/formats/file_kind.h"
#include "diffusion/formats/loading_type.h"
#include "diffusion/formats/model_files.h"
#include "diffusion/formats/name_list.h"
#include "diffusion/formats/original_config.h"
#include "diffusion/formats/original_layout.h"
#include "diffusion/formats/safetensors_view.h"
#include "diffusion/formats/safetensors_write.h"
#include "executor/files/durable_file.h"
#include "executor/files/json_file.h"
#include "executor/files/json_text.h"
#include "executor/files/temporary_folder.h"

namespace diffusion {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;
using Tensors = std::vector<RawTensor>;

// Hands the tensors out under new names, and keeps book of what is missing and what is left.
class Renamer {
 public:
  explicit Renamer(const SafetensorsView& file) : file_(file) {
    for (const auto& tensor : file.tensors()) left_.insert(tensor.name);
  }

  // A layer's weight and, where there is one, bias.
  void take(const std::string& prefix, const LayerName& layer, Tensors& tensors,
            const std::string& our_prefix = "") {
    const auto* weight = file_.find(prefix + layer.original + ".weight");
    if (weight == nullptr && !layer.optional) missing_.push_back(prefix + layer.original);
    for (const char* kind : {".weight", ".bias"}) {
      const auto* entry = file_.find(prefix + layer.original + kind);
      if (entry == nullptr) continue;
      auto tensor = raw(*entry, our_prefix + layer.diffusers + kind);
      if (layer.convolution) drop_ones(tensor.shape);
      tensors.push_back(std::move(tensor));
    }
  }

  void take(const std::string& original, const std::string& ours, Tensors& tensors) {
    if (const auto* entry = file_.find(original)) {
      tensors.push_back(raw(*entry, ours));
    } else {
      missing_.push_back(original);
    }
  }

  // Three matrices one below another, as OpenCLIP has q, k and v.
  void take_thirds(const std::string& original, const std::string& ours, const std::string& kind,
                   Tensors& tensors) {
    const auto* entry = file_.find(original);
    if (entry == nullptr) return missing_.push_back(original);
    auto whole = raw(*entry, "");
    if (whole.shape.empty() || whole.shape[0] % 3 != 0) {
      throw Error(file_.path().string() + ": \"" + original + "\" is not three projections");
    }
    whole.shape[0] /= 3;
    const auto bytes = whole.bytes.size() / 3;
    const char* names[] = {".q_proj.", ".k_proj.", ".v_proj."};
    for (std::size_t i = 0; i < 3; ++i) {
      tensors.push_back(
          {ours + names[i] + kind, whole.dtype, whole.shape, whole.bytes.substr(i * bytes, bytes)});
    }
  }

  void pass_over(const std::string& prefix) {
    for (auto at = left_.lower_bound(prefix); at != left_.end() && at->rfind(prefix, 0) == 0;) {
      at = left_.erase(at);
    }
  }

  // What is left over; throws when something is missing.
  std::vector<std::string> finish() const {
    if (missing_.empty()) return {left_.begin(), left_.end()};
    throw Error(file_.path().string() + ": is no whole checkpoint of Stable Diffusion 1 or 2" +
                name_list("missing", missing_));
  }

 private:
  RawTensor raw(const TensorEntry& entry, const std::string& name) {
    left_.erase(entry.name);
    return {name, entry.dtype, entry.shape, file_.bytes(entry)};
  }
  static void drop_ones(std::vector<std::uint64_t>& shape) {
    while (shape.size() > 2 && shape.back() == 1) shape.pop_back();
  }

  const SafetensorsView& file_;
  std::set<std::string> left_;
  std::vector<std::string> missing_;
};

Tensors unet_tensors(Renamer& renamer, const UNetConfig& config) {
  Tensors tensors;
  for (const auto& layer : original_unet_layers(config)) {
    renamer.take(kOriginalUNet, layer, tensors);
  }
  return tensors;
}

Tensors vae_tensors(Renamer& renamer, const VaeConfig& config) {
  Tensors tensors;
  for (const auto& layer : original_vae_layers(config)) renamer.take(kOriginalVae, layer, tensors);
  for (const char* rest : {"loss.", "model_ema."})
    renamer.pass_over(std::string(kOriginalVae) + rest);
  return tensors;
}

Tensors open_clip_tensors(Renamer& renamer, int layers) {
  const std::string theirs = kOriginalOpenClip, ours = "text_model.";
  Tensors tensors;
  for (const auto& layer : original_open_clip_layers(layers)) {
    renamer.take(theirs, layer, tensors, ours);
  }
  renamer.take(theirs + "positional_embedding", ours + "embeddings.position_embedding.weight",
               tensors);
  for (int i = 0; i < layers; ++i) {
    const auto attention = theirs + "transformer.resblocks." + std::to_string(i) + ".attn.in_proj_";
    const auto place = ours + "encoder.layers." + std::to_string(i) + ".self_attn";
    renamer.take_thirds(attention + "weight", place, "weight", tensors);
    renamer.take_thirds(attention + "bias", place, "bias", tensors);
  }
  // The layer that Stable Diffusion 2 never uses, and what belongs to CLIP's comparison.
  renamer.pass_over(theirs + "transformer.resblocks." + std::to_string(kOpenClipLayers - 1) + ".");
  for (const char* rest :
       {"text_projection", "logit_scale", "attn_mask", "transformer.text_model."}) {
    renamer.pass_over(theirs + rest);
  }
  return tensors;
}

// transformers' own names.
Tensors clip_tensors(Renamer& renamer, const SafetensorsView& file, const std::string& prefix) {
  renamer.pass_over(prefix + "embeddings.position_ids");
  renamer.pass_over("cond_stage_model.transformer.text_projection");
  Tensors tensors;
  for (const auto& tensor : file.tensors()) {
    for (const char* kept : {"embeddings.token", "embeddings.position_embedding", "encoder.layers.",
                             "final_layer_norm."}) {
      if (tensor.name.rfind(prefix + kept, 0) != 0) continue;
      renamer.take(tensor.name, "text_model." + tensor.name.substr(prefix.size()), tensors);
    }
  }
  return tensors;
}

void write_json(const fs::path& file, const Json& json) {
  files::write_durably(file, [&](const files::Append& append) { append(json.dump(2) + "\n"); });
}

Json scheduler_config(const std::string& prediction_type) {
  return {{"_class_name", prediction_type == "epsilon" ? "PNDMScheduler" : "DDIMScheduler"},
          {"beta_end", 0.012},
          {"beta_schedule", "scaled_linear"},
          {"beta_start", 0.00085},
          {"clip_sample", false},
          {"num_train_timesteps", 1000},
          {"prediction_type", prediction_type},
          {"set_alpha_to_one", false},
          {"skip_prk_steps", true},
          {"steps_offset", 1}};
}

Json model_index(const Json& scheduler) {
  const Json none = {nullptr, nullptr};
  return {{"_class_name", "StableDiffusionPipeline"},
          {"feature_extractor", none},
          {"image_encoder", none},
          {"requires_safety_checker", false},
          {"safety_checker", none},
          {"scheduler", {"diffusers", scheduler.at("_class_name")}},
          {"text_encoder", {"transformers", "CLIPTextModel"}},
          {"tokenizer", {"transformers", "CLIPTokenizer"}},
          {"unet", {"diffusers", "UNet2DConditionModel"}},
          {"vae", {"diffusers", "AutoencoderKL"}}};
}

// Given configurations, or inferred ones.
struct Configs {
  Configs(const SafetensorsView& file, const ConvertOptions& options) {
    const auto given = [&](const char* path) {
      return Json(files::read_json_file(options.config_folder / path));
    };
    if (!options.config_folder.empty()) {
      unet = given("unet/config.json");
      vae = given("vae/config.json");
      text = given("text_encoder/config.json");
      scheduler = given("scheduler/scheduler_config.json");
      load_as_float32(text);
      return;
    }
    const auto training = infer_training(file, options.prediction_type);
    vae = infer_vae_config(file, training.picture_size);
    const auto levels = std::max<std::size_t>(vae.at("block_out_channels").size(), 1);
    unet = infer_unet_config(file, training.picture_size >> (levels - 1));
    text = infer_text_config(file);
    scheduler = scheduler_config(training.prediction_type);
    load_as_float32(text);
  }
  Json unet, vae, text, scheduler;
};

void write_tokenizer(const SafetensorsView& file, const Json& text, const fs::path& given,
                     const fs::path& folder) {
  if (!given.empty()) {
    copy_configurations(given.parent_path(), given.filename(), folder);
  } else if (text.at("vocab_size") == kClipVocabulary) {
    const bool second = text_prefix(file) == kOriginalOpenClip;
    write_clip_tokenizer(folder, text.at("max_position_embeddings").get<int>(),
                         second ? "!" : "<|endoftext|>");
  } else {
    throw Error(file.path().string() + ": its text encoder knows " + text.at("vocab_size").dump() +
                " tokens, not the " + std::to_string(kClipVocabulary) +
                " of CLIP; give the diffusers folder of a model with its tokenizer");
  }
}

std::pair<UNetConfig, VaeConfig> checked_configs(const fs::path& path, const fs::path& folder) {
  try {
    return {UNetConfig::from_file(folder / "unet" / "config.json"),
            VaeConfig::from_file(folder / "vae" / "config.json")};
  } catch (const Error& e) {
    throw Error(path.string() + ": is not built like Stable Diffusion 1 or 2; give the diffusers " +
                "folder of a model that is built like it: " + e.what());
  }
}

// A folder that goes away again unless it is whole.
class Unfinished {
 public:
  explicit Unfinished(const fs::path& folder) : folder_(folder) {}
  ~Unfinished() {
    std::error_code ignored;
    if (!kept_) fs::remove_all(folder_, ignored);
  }
  Unfinished(const Unfinished&) = delete;
  Unfinished& operator=(const Unfinished&) = delete;
  void keep() { kept_ = true; }

 private:
  const fs::path& folder_;
  bool kept_ = false;
};

// A file's tensors as those of a folder, all accounted for before the first is written.
struct Parts {
  Tensors unet, vae, text;
  std::vector<std::string> left_over;
};

// Writes the configurations, which say what tensors there have to be.
Parts prepare(const SafetensorsView& file, const Configs& configs, const fs::path& destination) {
  for (const char* part : {"unet", "vae", "text_encoder", "tokenizer", "scheduler"}) {
    fs::create_directories(destination / part);
  }
  write_json(destination / "unet" / "config.json", configs.unet);
  write_json(destination / "vae" / "config.json", configs.vae);
  write_json(destination / "text_encoder" / "config.json", configs.text);
  write_json(destination / "scheduler" / "scheduler_config.json", configs.scheduler);

  Renamer renamer(file);
  const auto [unet_config, vae_config] = checked_configs(file.path(), destination);
  Parts parts;
  parts.unet = unet_tensors(renamer, unet_config);
  parts.vae = vae_tensors(renamer, vae_config);
  const files::ConfigFile text_config(destination / "text_encoder" / "config.json");
  const auto prefix = text_prefix(file);
  parts.text = prefix == kOriginalOpenClip
                   ? open_clip_tensors(renamer, text_config.integer("num_hidden_layers", 1, 1024))
                   : clip_tensors(renamer, file, prefix);
  parts.left_over = renamer.finish();
  return parts;
}

std::vector<std::string> convert(const fs::path& path, const fs::path& destination,
                                 const ConvertOptions& options) {
  const SafetensorsView file(path);
  refuse_other_family(file);
  const Configs configs(file, options);
  auto parts = prepare(file, configs, destination);
  const auto write = [&](const char* name, const Tensors& tensors) {
    if (options.on_part) options.on_part();
    write_safetensors(destination / name, tensors);
  };
  write("unet/diffusion_pytorch_model.safetensors", parts.unet);
  write("vae/diffusion_pytorch_model.safetensors", parts.vae);
  write("text_encoder/model.safetensors", parts.text);
  write_tokenizer(file, configs.text,
                  options.config_folder.empty() ? "" : options.config_folder / "tokenizer",
                  destination / "tokenizer");
  write_json(destination / "model_index.json", model_index(configs.scheduler));
  files::flush_folder(destination);
  return std::move(parts.left_over);
}

// Of `work` on a file: what the disk and the configurations throw, as Error.
template <typename Work>
std::vector<std::string> with_clear_errors(const fs::path& file, const fs::path& destination,
                                           const Work& work) {
  try {
    return work();
  } catch (const fs::filesystem_error& e) {
    throw Error(destination.string() + ": the model cannot be written: " + e.what());
  } catch (const nlohmann::json::exception& e) {
    throw Error(file.string() + ": cannot be converted: " + files::wrong_type(e));
  }
}

}  // namespace

std::vector<std::string> left_over_in(const fs::path& file) {
  const files::TemporaryFolder folder;
  return with_clear_errors(file, folder.path(), [&] {
    const SafetensorsView view(file);
    refuse_other_family(view);
    const Configs configs(view, {});
    auto parts = prepare(view, configs, folder.path());
    write_tokenizer(view, configs.text, "", folder / "tokenizer");
    return std::move(parts.left_over);
  });
}

std::vector<std::string> convert_single_file(const fs::path& file, const fs::path& destination,
                                             const ConvertOptions& options) {
  return with_clear_errors(file, destination, [&] {
    if (fs::exists(destination) && !fs::is_empty(destination)) {
      throw Error(destination.string() + ": is not empty; a model is never written over another");
    }
    Unfinished unfinished(destination);
    auto left_over = convert(file, destination, options);
    unfinished.keep();
    return left_over;
  });
}

}  // namespace diffusion
