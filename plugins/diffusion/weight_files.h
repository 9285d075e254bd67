#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace diffusion {

/// The files that hold a component's weights, as diffusers and transformers name them: whole
/// (`STEM.safetensors`), in parts that `STEM.safetensors.index.json` lists, or one of the variants
/// fp32, fp16 and bf16 of either, in this order. Throws Error when there is none, and for a folder
/// of pickles with the way to convert it.
std::vector<std::filesystem::path> weight_files(const std::filesystem::path& component_folder,
                                                const std::string& stem);

}  // namespace diffusion
