#include "diffusion/formats/original_yaml.h"

#include <yaml-cpp/yaml.h>

#include "diffusion/formats/diffusion_error.h"
#include "executor/files/read_file.h"

namespace diffusion {
namespace {

// Null when it is not there.
YAML::Node child(const YAML::Node& node, const char* key) {
  return node.IsMap() && node[key].IsDefined() ? YAML::Clone(node[key]) : YAML::Node();
}

}  // namespace

std::filesystem::path yaml_beside(const std::filesystem::path& checkpoint) {
  auto path = checkpoint;
  return path.replace_extension(".yaml");
}

std::string prediction_in_yaml(const std::filesystem::path& yaml) {
  std::string value = "eps";
  try {
    auto node = YAML::Load(files::read_file(yaml, kMaxYamlBytes));
    for (const char* key : {"model", "params", "parameterization"}) node = child(node, key);
    if (!node.IsNull()) value = node.as<std::string>();
  } catch (const YAML::Exception& e) {
    throw Error(yaml.string() + ": is no configuration of a model: " + e.what() +
                "; mend it, or move it away from beside the model");
  }
  if (value == "eps") return "epsilon";
  if (value == "v") return "v_prediction";
  if (value == "x0") return "sample";
  throw Error(yaml.string() + ": model.params.parameterization is \"" + value +
              "\"; known are eps, v and x0");
}

}  // namespace diffusion
