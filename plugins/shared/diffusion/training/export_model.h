#pragma once

#include <c10/core/ScalarType.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace diffusion {

struct ExportOptions {
  /// kFloat, kHalf or kBFloat16 for every weight; empty: each as it is stored.
  std::optional<at::ScalarType> dtype;
  /// Entries for the metadata of a single file, without `modelspec.`: title, author, description,
  /// license, ... They override the standard entries.
  std::map<std::string, std::string> modelspec;
};

/// Copies a diffusers folder with its weights as `dtype`, in whole files under the names without a
/// variant. `destination` must be empty or not exist. Throws Error.
void export_model_folder(const std::filesystem::path& model_folder,
                         const std::filesystem::path& destination,
                         const ExportOptions& options = {});

/// Writes UNet, VAE and text encoder of a diffusers folder into one file in the original layout of
/// Stable Diffusion 1 (CLIP) or 2 (OpenCLIP, when the text encoder's activation is gelu), with the
/// metadata of Stability AI's ModelSpec 1.0.0: architecture, resolution, prediction_type,
/// hash_sha256 and the like. Adds what other programs expect although Stable Diffusion does not use
/// it: CLIP's position_ids, and OpenCLIP's layer 24 as a copy of layer 23. The file appears whole
/// or not at all. Throws Error.
void export_single_file(const std::filesystem::path& model_folder,
                        const std::filesystem::path& file, const ExportOptions& options = {});

}  // namespace diffusion
