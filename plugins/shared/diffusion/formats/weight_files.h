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

/// Copies a component's folder: its weights, if it has any that weight_files() finds, under the
/// names that every program looks for first (no variant), without their other variants and pickles;
/// and everything else as it is. `to` must not exist. Every file is flushed to disk. Throws Error
/// and std::filesystem::filesystem_error when the disk refuses.
void copy_component(const std::filesystem::path& from, const std::filesystem::path& to);

}  // namespace diffusion
