#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace diffusion {

class UNet;

/// What a base model advises (`souvenir.json` in its folder); without the file, or for a key that
/// it leaves out, the values below.
struct ModelDefaults {
  double learning_rate = 5e-6;
  int max_train_steps = 200;
  int num_inference_steps = 50;
  double guidance_scale = 7.5;
  int num_class_images = 100;

  /// Throws Error for a file that is not JSON, an unknown key and a value out of range.
  static ModelDefaults from_model_folder(const std::filesystem::path& model_folder);
};

/// Throws Error unless `model_folder` looks like a Stable Diffusion 1 or 2 folder of diffusers:
/// model_index.json, and configuration and weights of unet, vae, text_encoder, tokenizer and
/// scheduler. Reads the headers of the weights, not the weights.
void check_model_folder(const std::filesystem::path& model_folder);

/// SHA-256, in hexadecimal, over the weights and configurations of unet, vae and text_encoder:
/// file names and contents in a fixed order. Two folders with one hash draw the same pictures.
std::string hash_of_model(const std::filesystem::path& model_folder);

/// Copies what a model folder has beside its weighted components: model_index.json, tokenizer,
/// scheduler, souvenir.json, identifiers.txt, general_words.txt. Files that are there are replaced.
/// Throws Error.
void copy_model_files(const std::filesystem::path& from, const std::filesystem::path& to);

/// Copies model_index.json, souvenir.json and every component that the index lists, but those in
/// `without`, as copy_component() does (weight_files.h). Throws Error and filesystem_error.
void copy_components(const std::filesystem::path& base_folder,
                     const std::filesystem::path& destination,
                     const std::vector<std::string>& without);

/// Makes `destination` a diffusers folder: `unet` in float32, every other component copied from
/// `base_folder` (never linked: a version does not change with its base). `destination` must not
/// exist or be empty; it appears as it is written, so write to a place beside and rename.
/// Every file is flushed to disk. Throws Error when the disk refuses.
void write_model_folder(const std::filesystem::path& base_folder, const UNet& unet,
                        const std::filesystem::path& destination);

}  // namespace diffusion
