#include "diffusion/formats/model_check.h"

#include <functional>
#include <map>

#include "diffusion/formats/component_names.h"
#include "diffusion/formats/diffusion_error.h"
#include "diffusion/formats/drawable_schedule.h"
#include "diffusion/formats/listed_parts.h"
#include "diffusion/formats/model_files.h"
#include "diffusion/formats/model_source.h"
#include "diffusion/formats/name_list.h"
#include "diffusion/formats/part_fit.h"
#include "diffusion/formats/part_shapes.h"
#include "diffusion/formats/safetensors_view.h"
#include "diffusion/formats/shape_text.h"
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

// float16, bfloat16, float32, float64 and the small ones.
bool is_float(const std::string& dtype) {
  return dtype.starts_with("F") || dtype.starts_with("BF");
}

// The tensors of a component, as their headers say.
class Headers {
 public:
  Headers(const fs::path& folder, const std::string& stem, const Rename& rename) : folder_(folder) {
    for (const auto& path : weight_files(folder, stem)) {
      const SafetensorsView file(path);
      for (const auto& tensor : file.tensors()) {
        const auto known_as = rename ? rename(tensor.name) : tensor.name;
        if (!known_as.empty()) tensors_.emplace(known_as, tensor);
      }
    }
  }

  void check(const Shapes& shapes, Notes& notes) {
    Notes missing, misshapen, left_over;
    for (const auto& [name, shape] : shapes) {
      const auto found = tensors_.extract(name);
      if (found.empty()) {
        missing.push_back(name + " " + shape_text(shape));
      } else if (found.mapped().shape != shape || !is_float(found.mapped().dtype)) {
        misshapen.push_back(name + ": found " + shape_text(found.mapped().shape) + " " +
                            found.mapped().dtype + ", expected " + shape_text(shape));
      }
    }
    if (!missing.empty() || !misshapen.empty()) {
      throw Error(folder_.string() + ": the weights are not those of its config.json" +
                  name_list("missing", missing) + name_list("wrong shape", misshapen) +
                  "\n  Weights and config.json must come from the same model.");
    }
    for (const auto& [name, tensor] : tensors_) left_over.push_back(name);
    note_left_over(folder_, left_over, notes);
  }

 private:
  fs::path folder_;
  std::map<std::string, TensorEntry> tensors_;
};

Notes check_folder(const fs::path& folder) {
  check_links(folder);
  refuse_other_pipeline(folder);
  const auto parts = fitting_parts(folder);
  Notes notes;
  note_unknown(folder / "unet" / "config.json", parts.unet.unknown, notes);
  note_unknown(folder / "vae" / "config.json", parts.vae.unknown, notes);
  const std::string stem = "diffusion_pytorch_model";
  Headers(folder / "unet", stem, {}).check(shapes_of(parts.unet), notes);
  Headers(folder / "vae", stem, current_vae_name).check(shapes_of(parts.vae), notes);
  Headers(folder / "text_encoder", "model", current_text_name).check(shapes_of(parts.text), notes);
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
