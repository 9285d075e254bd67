#include "diffusion/weight_files.h"

#include <set>

#include "diffusion/error.h"
#include "diffusion/json_file.h"
#include "diffusion/safetensors_view.h"

namespace diffusion {
namespace {

namespace fs = std::filesystem;

constexpr const char* kVariants[] = {"fp32", "fp16", "bf16"};

// A name from an index file must stay within its folder.
bool is_plain_name(const std::string& name) {
  return !name.empty() && name != "." && name != ".." && name.find('/') == std::string::npos;
}

std::vector<fs::path> parts_of(const fs::path& index) {
  const auto json = read_json_file(index);
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

}  // namespace

std::vector<fs::path> weight_files(const fs::path& folder, const std::string& stem) {
  const auto whole = folder / (stem + ".safetensors");
  if (fs::exists(whole)) return {whole};
  const auto index = folder / (stem + ".safetensors.index.json");
  if (fs::exists(index)) return parts_of(index);
  for (const std::string variant : kVariants) {
    const auto file = folder / (stem + "." + variant + ".safetensors");
    if (fs::exists(file)) return {file};
    for (const auto& listed : index_names(folder, stem, variant)) {
      if (fs::exists(listed)) return parts_of(listed);
    }
  }
  for (const char* pickle : {"pytorch_model.bin", "diffusion_pytorch_model.bin"}) {
    if (fs::exists(folder / pickle)) refuse_pickle(folder / pickle, "");
  }
  throw Error(whole.string() + ": there are no weights; they may not have been downloaded, or " +
              "have to be converted to safetensors first");
}

}  // namespace diffusion
