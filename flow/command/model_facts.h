#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace flow::command {

/// What is known about a Stable Diffusion folder without reading its weights. A value.
struct ModelFacts {
  std::uint64_t unet_parameters = 0;
  std::uint64_t other_parameters = 0;  ///< of the text encoder and the VAE
  std::int64_t size = 0;               ///< side of a picture, in pixels
  /// This and the fields below: from souvenir.json, else these defaults.
  double learning_rate = 5e-6;
  std::int64_t max_train_steps = 200;
  std::int64_t num_inference_steps = 50;
  std::int64_t num_class_images = 100;
  std::optional<std::int64_t> train_batch_size;  ///< nothing: the sampler's parameter decides
  bool train_text_encoder = false;
};

/// Reads the configurations and the headers of the weights. With `metamodel`, takes the advice for
/// metamodels. Throws executor::Error(bad_config) that names the missing or invalid file.
ModelFacts read_model_facts(const std::filesystem::path& model, bool metamodel = false);

/// The diffusers folder of a model: `model` itself, or the snapshot that refs/main names when
/// `model` is a repository of the Hugging Face cache.
std::filesystem::path model_folder(const std::filesystem::path& model);

/// The files of a Stable Diffusion diffusers folder that are missing in this one.
std::vector<std::string> missing_files(const std::filesystem::path& model);

/// The number of parameters in a safetensors file, read from its header. Throws executor::Error.
std::uint64_t count_parameters(const std::filesystem::path& safetensors);

}  // namespace flow::command
