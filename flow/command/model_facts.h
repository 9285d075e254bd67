#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace flow::command {

/// What can be said of a Stable Diffusion folder without reading its weights. A value.
struct ModelFacts {
  std::uint64_t unet_parameters = 0;
  std::uint64_t other_parameters = 0;  ///< of text encoder and VAE
  std::int64_t size = 0;               ///< pixels of a picture's side
  double learning_rate = 5e-6;         ///< from here on: souvenir.json, or these
  std::int64_t max_train_steps = 200;
  std::int64_t num_inference_steps = 50;
  std::int64_t num_class_images = 100;
  std::optional<std::int64_t> train_batch_size;  ///< nothing: the sampler's parameter decides
  bool train_text_encoder = false;
};

/// Reads configurations and the headers of the weights; the advice for metamodels when
/// `metamodel`. Throws executor::Error(bad_config) naming
/// the file that is missing or wrong.
ModelFacts read_model_facts(const std::filesystem::path& model, bool metamodel = false);

/// The diffusers folder of a model: itself, or the snapshot that refs/main names in a repository of
/// the Hugging Face cache.
std::filesystem::path model_folder(const std::filesystem::path& model);

/// Files that a diffusers folder of Stable Diffusion has and this one lacks.
std::vector<std::string> missing_files(const std::filesystem::path& model);

/// Sum of the tensors' extents in a safetensors file, from its header. Throws executor::Error.
std::uint64_t count_parameters(const std::filesystem::path& safetensors);

}  // namespace flow::command
