#include "diffusion/networks/component.h"

#include <map>
#include <nlohmann/json.hpp>

#include "diffusion/formats/diffusion_error.h"
#include "diffusion/formats/safetensors.h"
#include "executor/files/durable_file.h"

namespace diffusion {

void save_component(const std::filesystem::path& folder, const std::string& stem,
                    const nlohmann::json& config,
                    const std::vector<std::pair<std::string, at::Tensor>>& weights,
                    at::ScalarType dtype) {
  std::error_code failure;
  std::filesystem::create_directories(folder, failure);
  if (failure) throw Error(folder.string() + ": cannot be made: " + failure.message());
  std::map<std::string, at::Tensor> tensors;
  for (const auto& [name, weight] : weights) tensors.emplace(name, weight.detach().to(dtype));
  save_safetensors(folder / (stem + ".safetensors"), tensors);
  files::write_durably(folder / "config.json",
                       [&](const files::Append& append) { append(config.dump(2) + "\n"); });
}

}  // namespace diffusion
