#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace diffusion {

/// The components of a Stable Diffusion pipeline that have weights.
struct WeightedComponent {
  const char* folder;
  const char* stem;  // of the weights
};
inline constexpr WeightedComponent kWeightedComponents[] = {{"text_encoder", "model"},
                                                            {"unet", "diffusion_pytorch_model"},
                                                            {"vae", "diffusion_pytorch_model"}};

/// The files with a component's weights, as diffusers and transformers name them. Looks in this
/// order: one file (`STEM.safetensors`), the parts that `STEM.safetensors.index.json` lists, then
/// the variants fp32, fp16 and bf16 of both. Throws Error when there are none; for a folder of
/// pickles the text says how to convert it.
std::vector<std::filesystem::path> weight_files(const std::filesystem::path& component_folder,
                                                const std::string& stem);

/// Copies a component of a model: configurations, and the weights that weight_files() finds under
/// the names that every program looks for first (no variant). Other variants and pickles are left
/// out, unless there is nothing else, and so is every file that is not a model's (model_files.h).
/// `to` must not exist. Flushes every file to disk. Throws Error and
/// std::filesystem::filesystem_error when the disk refuses.
void copy_component(const std::filesystem::path& model_folder, const std::string& component,
                    const std::filesystem::path& to);

}  // namespace diffusion
