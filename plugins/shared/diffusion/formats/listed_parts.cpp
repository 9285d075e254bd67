#include "diffusion/formats/listed_parts.h"

#include <algorithm>
#include <cctype>

#include "diffusion/formats/model_files.h"
#include "executor/files/durable_file.h"
#include "executor/files/json_file.h"

namespace diffusion {
namespace {

namespace fs = std::filesystem;

constexpr const char* kIndex = "model_index.json";

// A component's name becomes a folder's; it must not lead elsewhere.
bool is_plain_name(const std::string& name) {
  return std::all_of(name.begin(), name.end(),
                     [](unsigned char c) { return std::isalnum(c) != 0 || c == '_'; });
}

// A network is opened from config.json and weights, anything else from one of its configurations.
bool is_there(const fs::path& folder) {
  bool weights = false, network = false, other = false;
  std::error_code error;
  for (const auto& entry : fs::directory_iterator(folder, error)) {
    const auto name = entry.path().filename().string();
    if (is_weights_name(name)) weights = true;
    if (name == "config.json") network = true;
    if (name != "config.json" && name.ends_with(".json")) other = true;
  }
  return network ? weights : weights || other;
}

}  // namespace

std::vector<ListedPart> listed_parts(const fs::path& model_folder) {
  const files::ConfigFile index(model_folder / kIndex);
  std::vector<ListedPart> parts;
  for (const auto& [name, value] : index.json().items()) {
    // Listed as [library, class]; [null, null] is one left out.
    const bool listed = value.is_array() && !value.empty() && value.front().is_string();
    if (listed && is_plain_name(name)) parts.push_back({name, is_there(model_folder / name)});
  }
  return parts;
}

void copy_index(const fs::path& model_folder, const fs::path& to,
                const std::vector<std::string>& made) {
  const ModelFile checked(model_folder, kIndex);
  auto index = files::ConfigFile(checked.path()).json();
  const auto before = index;
  for (const auto& part : listed_parts(model_folder)) {
    const bool is_made = std::find(made.begin(), made.end(), part.name) != made.end();
    if (!part.there && !is_made) index[part.name] = {nullptr, nullptr};
  }
  if (index == before) return copy_model_file(model_folder, kIndex, to);
  files::write_durably(to, [&](const files::Append& append) { append(index.dump(2) + "\n"); });
}

}  // namespace diffusion
