#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace diffusion {

struct ConvertOptions {
  /// A diffusers folder whose configurations, scheduler and tokenizer are taken instead of the
  /// inferred ones; for models that are built unlike the published ones. May be empty.
  std::filesystem::path config_folder;
  /// epsilon or v_prediction, when the caller knows better than infer_training().
  std::string prediction_type;
  /// Called before each part is written; may be empty.
  std::function<void()> on_part = {};
};

/// Makes `destination` a diffusers folder of what a single-file checkpoint in the original layout
/// holds (`model.diffusion_model.*`, `first_stage_model.*`, `cond_stage_model.*` with the text
/// encoder of Stable Diffusion 1 or 2): the weights keep their dtype and bits, only their names
/// change. The tokenizer is CLIP's. Needs no memory beyond the mapped file. `destination` must not
/// exist or be empty; it appears as it is written, and goes away again on failure. Throws Error for
/// a pickle, for another family of models, and when tensors are missing or left over, with their
/// names.
///
/// Returns the names outside the three parts that were passed over (EMA copies, buffers of the
/// training, whatever a merging program left).
std::vector<std::string> convert_single_file(const std::filesystem::path& file,
                                             const std::filesystem::path& destination,
                                             const ConvertOptions& options = {});

}  // namespace diffusion
