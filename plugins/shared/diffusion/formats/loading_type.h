#pragma once

#include <filesystem>
#include <nlohmann/json.hpp>

namespace diffusion {

/// Says in the configuration of a network of transformers that it is loaded as float32, under the
/// names that transformers 4 and 5 read. diffusers makes float32 of its own networks whatever their
/// files hold, transformers 5 keeps what they hold: without this, a model in float16 opens in
/// diffusers as a mixture that cannot draw.
template <typename Json>
void load_as_float32(Json& config) {
  for (const char* key : {"dtype", "torch_dtype"}) config[key] = "float32";
}

/// Whether the component belongs to transformers, as its config.json tells.
bool is_of_transformers(const nlohmann::json& config);

/// Copies a component's config.json to `to`, with load_as_float32() where that applies. Throws
/// Error.
void copy_config(const std::filesystem::path& model_folder, const std::string& component,
                 const std::filesystem::path& to);

}  // namespace diffusion
