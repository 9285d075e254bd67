#pragma once

#include <cstdint>
#include <filesystem>
#include <string>

#include "schemas/train_options.h"

namespace registry {

/// What a base model advises (`souvenir.json` in its folder); without the file, the prototype's.
struct Defaults {
  /// Those options that can be advised (schemas::Unset). Without advice train_batch_size is the
  /// sampler's, and num_class_images min(kDefaultClassImages, steps).
  schemas::TrainOptions training;
  std::int64_t num_inference_steps = 50;
  double guidance_scale = 7.5;
};

/// What it advises for a model of one thing, and for a metamodel, which sees many trainings and is
/// trained less in each: the object `metamodel` of the file has keys that it takes instead.
struct Advice {
  Defaults one;
  Defaults metamodel;
  const Defaults& for_target(const std::string& target) const;
};

/// Throws Error(bad_config) naming file and key when the file is broken, or a value is past its
/// limits.
Advice read_advice(const std::filesystem::path& model_folder);

}  // namespace registry
