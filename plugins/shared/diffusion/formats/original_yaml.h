#pragma once

#include <cstddef>
#include <filesystem>
#include <string>

namespace diffusion {

/// The configuration of CompVis and Stability AI, which people keep beside a single file.

/// The largest that is read; theirs have 2 KiB.
inline constexpr std::size_t kMaxYamlBytes = 1024 * 1024;

/// NAME.yaml for NAME.safetensors; it need not be there.
std::filesystem::path yaml_beside(const std::filesystem::path& checkpoint);

/// diffusers' name for `model.params.parameterization`: epsilon (the original's default),
/// v_prediction or sample. Throws Error for what is no YAML, and for another parameterization.
std::string prediction_in_yaml(const std::filesystem::path& yaml);

}  // namespace diffusion
