#pragma once

#include <ATen/core/Tensor.h>

#include <filesystem>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <utility>
#include <vector>

namespace diffusion {

/// Writes one component of a diffusers folder into `folder`: `config.json`, and `STEM.safetensors`
/// with the weights as `dtype`. Creates `folder` when needed. Each file appears whole or not at
/// all. Throws Error when the disk refuses.
void save_component(const std::filesystem::path& folder, const std::string& stem,
                    const nlohmann::json& config,
                    const std::vector<std::pair<std::string, at::Tensor>>& weights,
                    at::ScalarType dtype);

}  // namespace diffusion
