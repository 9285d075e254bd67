#include "diffusion/formats/weight_files.h"

#include <set>

#include "diffusion/formats/diffusion_error.h"
#include "diffusion/formats/safetensors_view.h"
#include "executor/files/durable_file.h"
#include "executor/files/json_file.h"

namespace diffusion {
namespace {

namespace fs = std::filesystem;

constexpr const char* kVariants[] = {"fp32", "fp16", "bf16"};

// A name from an index file must stay within its folder.
bool is_plain_name(const std::string& name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos;
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

bool is_weights(const fs::path& file) {
  const auto name = file.filename().string();
  for (const char* ending : {".safetensors", ".bin", ".msgpack", ".h5", ".ckpt", ".onnx"}) {
    if (file.extension() == ending) return true;
  }
  return name.find(".safetensors.") != std::string::npos || name.find(".bin.") != std::string::npos;
}

void copy_others(const fs::path& from, const fs::path& to, bool with_weights) {
  for (const auto& entry : fs::directory_iterator(from)) {
    const auto target = to / entry.path().filename();
    if (entry.is_directory()) {
      fs::create_directory(target);
      copy_others(entry.path(), target, with_weights);
    } else if (entry.is_regular_file() && (with_weights || !is_weights(entry.path()))) {
      files::copy_durably(entry.path(), target);
    }
  }
  files::flush_folder(to);
}

}  // namespace

std::vector<fs::path> weight_files(const fs::path& folder, const std::string& stem) {
  const auto found = find_weights(folder, stem);
  if (!found.files.empty()) return found.files;
  for (const char* pickle : {"pytorch_model.bin", "diffusion_pytorch_model.bin"}) {
    if (fs::exists(folder / pickle)) refuse_pickle(folder / pickle, "");
  }
  throw Error((folder / (stem + ".safetensors")).string() +
              ": there are no weights; they may not have been downloaded, or " +
              "have to be converted to safetensors first");
}

void copy_component(const fs::path& from, const fs::path& to) {
  fs::create_directory(to);
  bool found_any = false;
  for (const std::string stem : {"model", "diffusion_pytorch_model"}) {
    const auto found = find_weights(from, stem);
    const bool whole = found.index.empty();
    for (const auto& file : found.files) {
      files::copy_durably(file, to / (whole ? fs::path(stem + ".safetensors") : file.filename()));
    }
    if (!whole) files::copy_durably(found.index, to / (stem + ".safetensors.index.json"));
    found_any = found_any || !found.files.empty();
  }
  copy_others(from, to, !found_any);
}

}  // namespace diffusion
