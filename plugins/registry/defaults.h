#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

namespace registry {

/// What a base model advises (`souvenir.json` in its folder); without the file, the prototype's.
struct Defaults {
  double learning_rate = 5e-6;
  std::string lr_scheduler = "constant";
  std::int64_t max_train_steps = 200;
  bool train_text_encoder = false;
  std::optional<std::int64_t> train_batch_size;  ///< else the sampler's
  std::int64_t num_inference_steps = 50;
  double guidance_scale = 7.5;
  std::optional<std::int64_t> num_class_images;  ///< else min(kDefaultClassImages, steps)
};

/// What it advises for a model of one thing, and for a metamodel, which sees many trainings and is
/// trained less in each: the object `metamodel` of the file has keys that it takes instead.
struct Advice {
  Defaults one;
  Defaults metamodel;
  const Defaults& for_target(const std::string& target) const;
};

/// Throws Error(bad_config) naming file and key when the file is broken, or a value is past the
/// limits of limits.h.
Advice read_advice(const std::filesystem::path& model_folder);

}  // namespace registry
