#include "diffusion/formats/loading_type.h"

#include "diffusion/formats/model_files.h"
#include "executor/files/durable_file.h"
#include "executor/files/json_file.h"

namespace diffusion {

bool is_of_transformers(const nlohmann::json& config) {
  return config.contains("model_type") || config.contains("architectures");
}

void copy_config(const std::filesystem::path& model_folder, const std::string& component,
                 const std::filesystem::path& to) {
  const auto name = std::filesystem::path(component) / "config.json";
  const ModelFile checked(model_folder, name);
  auto config = files::ConfigFile(checked.path()).json();
  const auto before = config;
  if (is_of_transformers(config) || component == "text_encoder") load_as_float32(config);
  if (config == before) return copy_model_file(model_folder, name, to);
  files::write_durably(to, [&](const files::Append& append) { append(config.dump(2) + "\n"); });
}

}  // namespace diffusion
