#include "diffusion/formats/model_check.h"

#include <functional>
#include <set>

#include "diffusion/formats/component_names.h"
#include "diffusion/formats/diffusion_error.h"
#include "diffusion/formats/drawable_schedule.h"
#include "diffusion/formats/listed_parts.h"
#include "diffusion/formats/model_files.h"
#include "diffusion/formats/model_source.h"
#include "diffusion/formats/name_list.h"
#include "diffusion/formats/original_layout.h"
#include "diffusion/formats/part_fit.h"
#include "diffusion/formats/safetensors_view.h"
#include "diffusion/formats/single_file.h"
#include "diffusion/formats/weight_files.h"
#include "executor/files/json_file.h"

namespace diffusion {
namespace {

namespace fs = std::filesystem;
using Notes = std::vector<std::string>;
using Rename = std::function<std::string(const std::string&)>;

constexpr std::size_t kNamed = 5;  // of the tensors that are left over

std::string some_of(const Notes& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size() && i < kNamed; ++i) {
    text += (i == 0 ? "" : ", ") + names[i];
  }
  return text + (names.size() > kNamed ? ", ..." : "");
}

void note_left_over(const fs::path& where, const Notes& names, Notes& notes) {
  if (names.empty()) return;
  notes.push_back(where.string() + ": " + std::to_string(names.size()) +
                  (names.size() == 1 ? " tensor is" : " tensors are") +
                  " left over and not used: " + some_of(names));
}

void note_unknown(const fs::path& file, const Notes& keys, Notes& notes) {
  if (keys.empty()) return;
  notes.push_back(file.string() +
                  ": not known, and passed over as diffusers does: " + some_of(keys));
}

std::vector<LayerName> text_layers(int count) {
  std::vector<LayerName> layers = {{"embeddings.token_embedding", ""},
                                   {"embeddings.position_embedding", ""},
                                   {"final_layer_norm", ""}};
  for (int i = 0; i < count; ++i) {
    for (const char* name :
         {"self_attn.q_proj", "self_attn.k_proj", "self_attn.v_proj", "self_attn.out_proj",
          "layer_norm1", "layer_norm2", "mlp.fc1", "mlp.fc2"}) {
      layers.push_back({"encoder.layers." + std::to_string(i) + "." + name, ""});
    }
  }
  return layers;
}

// The tensors of a component by their names; what shapes they have is seen when they are read.
class Names {
 public:
  Names(const fs::path& folder, const std::string& stem, const Rename& rename) : folder_(folder) {
    for (const auto& path : weight_files(folder, stem)) {
      const SafetensorsView file(path);
      for (const auto& tensor : file.tensors()) {
        const auto known_as = rename ? rename(tensor.name) : tensor.name;
        if (!known_as.empty()) names_.insert(known_as);
      }
    }
  }

  void check(const std::vector<LayerName>& layers, Notes& notes) {
    Notes missing;
    for (const auto& layer : layers) {
      const bool found = names_.erase(layer.diffusers + ".weight") > 0;
      if (!found && !layer.optional) missing.push_back(layer.diffusers + ".weight");
      names_.erase(layer.diffusers + ".bias");
    }
    if (!missing.empty()) {
      throw Error(folder_.string() + ": the weights are not those of its config.json" +
                  name_list("missing", missing) +
                  "\n  Weights and config.json must come from the same model.");
    }
    note_left_over(folder_, {names_.begin(), names_.end()}, notes);
  }

 private:
  fs::path folder_;
  std::set<std::string> names_;
};

Notes check_folder(const fs::path& folder) {
  check_links(folder);
  refuse_other_pipeline(folder);
  const auto parts = fitting_parts(folder);
  Notes notes;
  note_unknown(folder / "unet" / "config.json", parts.unet.unknown, notes);
  note_unknown(folder / "vae" / "config.json", parts.vae.unknown, notes);
  const std::string stem = "diffusion_pytorch_model";
  Names(folder / "unet", stem, {}).check(original_unet_layers(parts.unet), notes);
  Names(folder / "vae", stem, current_vae_name).check(original_vae_layers(parts.vae), notes);
  Names(folder / "text_encoder", "model", current_text_name)
      .check(text_layers(parts.text_layers), notes);
  for (const auto& part : listed_parts(folder)) {
    if (part.there) continue;
    notes.push_back(folder.string() + ": model_index.json lists " + part.name +
                    ", which is not there; what is published leaves it out");
  }
  const auto drawn = drawable(SchedulerConfig::from_model_folder(folder));
  if (!drawn.note.empty()) notes.push_back(drawn.note);
  return notes;
}

}  // namespace

std::vector<std::string> check_model(const fs::path& given) {
  try {
    if (!fs::is_regular_file(given)) return check_folder(find_model_folder(given));
    Notes notes;
    note_left_over(given, left_over_in(given), notes);
    return notes;
  } catch (const fs::filesystem_error& e) {
    throw Error(given.string() + ": the model cannot be read: " + e.what());
  }
}

}  // namespace diffusion
