#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace diffusion {

class UNet;

/// A base model's advice (`souvenir.json` in its folder). The values below apply without the file
/// and for missing keys.
struct ModelDefaults {
  double learning_rate = 5e-6;
  int max_train_steps = 200;
  int num_inference_steps = 50;
  double guidance_scale = 7.5;
  int num_class_images = 100;

  /// Throws Error for a file that is not JSON, an unknown key, and a value out of range.
  static ModelDefaults from_model_folder(const std::filesystem::path& model_folder);
};

/// Throws Error unless `model_folder` looks like a Stable Diffusion 1 or 2 folder of diffusers:
/// model_index.json, and configuration and weights of unet, vae, text_encoder, tokenizer and
/// scheduler, which fit each other (formats/part_fit.h). Reads the headers of the weights, not the
/// weights.
void check_model_folder(const std::filesystem::path& model_folder);

/// Copies the parts of a model folder that have no weights: model_index.json, tokenizer, scheduler,
/// souvenir.json, identifiers.txt, general_words.txt. Replaces existing files. Throws Error.
void copy_model_files(const std::filesystem::path& from, const std::filesystem::path& to);

/// Copies souvenir.json, every component that model_index.json lists and that is there, except
/// those in `without`, with copy_component() (weight_files.h), and the index with copy_index()
/// (listed_parts.h). Throws Error and filesystem_error.
void copy_components(const std::filesystem::path& base_folder,
                     const std::filesystem::path& destination,
                     const std::vector<std::string>& without);

/// Writes a diffusers folder to `destination`: `unet` in float32, and copies of all other
/// components of `base_folder` (never links: a version does not change with its base).
/// `destination` must be empty or not exist. It appears while it is written, so write to another
/// place and rename. Flushes every file to disk. Throws Error when the disk refuses.
void write_model_folder(const std::filesystem::path& base_folder, const UNet& unet,
                        const std::filesystem::path& destination);

}  // namespace diffusion
