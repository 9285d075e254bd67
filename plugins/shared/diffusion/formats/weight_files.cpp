#include "diffusion/formats/weight_files.h"

#include <set>

#include "diffusion/formats/diffusion_error.h"
#include "diffusion/formats/model_files.h"
#include "diffusion/formats/safetensors_view.h"
#include "executor/files/durable_file.h"
#include "executor/files/json_file.h"

namespace diffusion {
namespace {

namespace fs = std::filesystem;

constexpr const char* kVariants[] = {"fp32", "fp16", "bf16"};

// A name from an index file must stay within its folder, and be that of weights.
bool is_plain_name(const std::string& name) {
  return name.ends_with(".safetensors") && name.find('/') == std::string::npos;
}

std::vector<fs::path> parts_of(const fs::path& index) {
  const auto json = files::read_json_file(index);
  const auto map = json.is_object() ? json.find("weight_map") : json.end();
  if (map == json.end() || !map->is_object()) throw Error(index.string() + ": has no weight_map");
  std::set<std::string> names;
  for (const auto& [tensor, file] : map->items()) {
    if (!file.is_string() || !is_plain_name(file.get<std::string>())) {
      throw Error(index.string() + ": the file of \"" + tensor + "\" is " + file.dump());
    }
    names.insert(file.get<std::string>());
  }
  if (names.empty()) throw Error(index.string() + ": lists no file");
  std::vector<fs::path> parts;
  for (const auto& name : names) parts.push_back(index.parent_path() / name);
  return parts;
}

// Where an index of a variant has its variant has changed over the years.
std::vector<fs::path> index_names(const fs::path& folder, const std::string& stem,
                                  const std::string& variant) {
  return {folder / (stem + ".safetensors.index." + variant + ".json"),
          folder / (stem + ".safetensors." + variant + ".index.json"),
          folder / (stem + "." + variant + ".safetensors.index.json")};
}

struct Found {
  std::vector<fs::path> files;
  fs::path index;  // empty for a whole file
};

Found find_weights(const fs::path& folder, const std::string& stem) {
  const auto whole = folder / (stem + ".safetensors");
  if (fs::exists(whole)) return {{whole}, ""};
  const auto index = folder / (stem + ".safetensors.index.json");
  if (fs::exists(index)) return {parts_of(index), index};
  for (const std::string variant : kVariants) {
    const auto file = folder / (stem + "." + variant + ".safetensors");
    if (fs::exists(file)) return {{file}, ""};
    for (const auto& listed : index_names(folder, stem, variant)) {
      if (fs::exists(listed)) return {parts_of(listed), listed};
    }
  }
  return {};
}

// Of a component whose weights nobody here reads: they go along as they are, pickled or not.
void copy_unread_weights(const fs::path& model_folder, const fs::path& component,
                         const fs::path& to) {
  for (const auto& entry : fs::directory_iterator(model_folder / component)) {
    const auto name = entry.path().filename();
    if (!entry.is_directory() && is_weights_name(name)) {
      copy_model_file(model_folder, component / name, to / name);
    }
  }
}

}  // namespace

std::vector<fs::path> weight_files(const fs::path& folder, const std::string& stem) {
  const auto found = find_weights(folder, stem);
  if (!found.files.empty()) return found.files;
  for (const char* pickle : {"pytorch_model.bin", "diffusion_pytorch_model.bin"}) {
    if (fs::exists(folder / pickle)) refuse_pickle(folder / pickle, "");
  }
  throw Error((folder / (stem + ".safetensors")).string() + ": there are no weights",
              "they may not have been downloaded, or have to be converted to safetensors first");
}

void copy_component(const fs::path& model_folder, const std::string& component,
                    const fs::path& to) {
  fs::create_directory(to);
  const auto copy = [&](const fs::path& file, const fs::path& name) {
    copy_model_file(model_folder, component / file.filename(), to / name);
  };
  bool found_any = false;
  for (const std::string stem : {"model", "diffusion_pytorch_model"}) {
    const auto found = find_weights(model_folder / component, stem);
    const bool whole = found.index.empty();
    for (const auto& file : found.files) {
      copy(file, whole ? fs::path(stem + ".safetensors") : file.filename());
    }
    if (!whole) copy(found.index, stem + ".safetensors.index.json");
    found_any = found_any || !found.files.empty();
  }
  if (!found_any) copy_unread_weights(model_folder, component, to);
  copy_configurations(model_folder, component, to);
  files::flush_folder(to);
}

}  // namespace diffusion
