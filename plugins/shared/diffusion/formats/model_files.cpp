#include "diffusion/formats/model_files.h"

#include <algorithm>
#include <string_view>
#include <system_error>

#include "diffusion/formats/diffusion_error.h"
#include "diffusion/formats/loading_type.h"
#include "executor/files/durable_file.h"
#include "executor/files/read_file.h"

namespace diffusion {
namespace {

namespace fs = std::filesystem;

// Beside the components' folders.
constexpr const char* kTopFiles[] = {"model_index.json", "souvenir.json", "identifiers.txt",
                                     "general_words.txt", "categories.json"};
// In them, as diffusers and transformers name them.
constexpr const char* kConfigurations[] = {"config.json",
                                           "scheduler_config.json",
                                           "preprocessor_config.json",
                                           "vocab.json",
                                           "merges.txt",
                                           "tokenizer.json",
                                           "tokenizer_config.json",
                                           "special_tokens_map.json",
                                           "added_tokens.json"};
constexpr const char* kStems[] = {"model", "diffusion_pytorch_model", "pytorch_model"};

bool is_configuration(const std::string& name) {
  return std::find(std::begin(kConfigurations), std::end(kConfigurations), name) !=
         std::end(kConfigurations);
}

bool is_within(const fs::path& path, const fs::path& root) {
  return std::mismatch(root.begin(), root.end(), path.begin(), path.end()).first == root.end();
}

// A link that leads nowhere is there too.
bool is_there(const fs::path& path) {
  std::error_code unknown;
  return fs::symlink_status(path, unknown).type() != fs::file_type::not_found;
}

}  // namespace

fs::path root_of_model(const fs::path& model_folder) {
  std::error_code error;
  const auto own = fs::canonical(model_folder, error);
  if (error) throw Error(model_folder.string() + ": the model cannot be read: " + error.message());
  const auto snapshots = own.parent_path();
  const auto repository = snapshots.parent_path();
  const bool is_cached =
      snapshots.filename() == "snapshots" && fs::is_directory(repository / "blobs", error);
  return is_cached ? repository : own;
}

ModelFile::ModelFile(const fs::path& model_folder, const fs::path& name)
    : InputFile(model_folder / name) {
  const auto root = root_of_model(model_folder);
  if (is_within(real_path(), root)) return;
  throw Error(path().string() + ": is a link that leads out of " + root.string() +
              ", where all files of the model have to lie; put a copy in its place");
}

void check_links(const fs::path& model_folder) {
  for (const char* name : kTopFiles) {
    if (is_there(model_folder / name)) ModelFile(model_folder, name);
  }
  std::error_code error;
  for (const auto& component : fs::directory_iterator(model_folder, error)) {
    if (!component.is_directory(error)) continue;
    for (const auto& entry : fs::directory_iterator(component, error)) {
      const auto name = entry.path().filename();
      if (entry.is_directory(error) || !(is_configuration(name) || is_weights_name(name))) continue;
      ModelFile(model_folder, component.path().filename() / name);
    }
  }
}

void copy_model_file(const fs::path& model_folder, const fs::path& name, const fs::path& to) {
  const ModelFile file(model_folder, name);
  if (!is_weights_name(name.filename()) && file.size() > files::kMaxReadBytes) {
    throw Error(file.path().string() + ": its " + std::to_string(file.size()) +
                " bytes are more than a model's " + name.filename().string() + " has");
  }
  files::copy_durably(file, to);
}

void copy_configurations(const fs::path& model_folder, const std::string& component,
                         const fs::path& to) {
  for (const char* name : kConfigurations) {
    if (!is_there(model_folder / component / name)) continue;
    if (std::string_view(name) == "config.json") {
      copy_config(model_folder, component, to / name);
    } else {
      copy_model_file(model_folder, fs::path(component) / name, to / name);
    }
  }
}

bool is_weights_name(const std::string& name) {
  const bool ends = name.ends_with(".safetensors") || name.ends_with(".bin") ||
                    (name.ends_with(".json") && name.find(".safetensors.") != name.npos);
  if (!ends) return false;
  return std::any_of(std::begin(kStems), std::end(kStems), [&](const std::string& stem) {
    return name.starts_with(stem + ".") || name.starts_with(stem + "-");
  });
}

}  // namespace diffusion
