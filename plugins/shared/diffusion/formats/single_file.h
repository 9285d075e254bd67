#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <vector>

namespace diffusion {

struct ConvertOptions {
  /// A diffusers folder whose configurations, scheduler and tokenizer replace the inferred ones,
  /// for models that are built differently from the published ones. May be empty.
  std::filesystem::path config_folder;
  /// epsilon or v_prediction, when the caller knows it better than infer_training().
  std::string prediction_type;
  /// Called before each part is written; may be empty.
  std::function<void()> on_part = {};
};

/// Converts a single-file checkpoint in the original layout (`model.diffusion_model.*`,
/// `first_stage_model.*`, `cond_stage_model.*` with the text encoder of Stable Diffusion 1 or 2)
/// into the diffusers folder `destination`. The weights keep their dtype and bits; only their names
/// change. The tokenizer is CLIP's. Needs no memory beyond the mapped file. `destination` must be
/// empty or not exist; it appears while it is written, and is removed on failure. Throws Error for
/// what is no such checkpoint (file_kind.h), and when tensors are missing; the text names them.
///
/// Returns the names of the tensors that are left over (EMA copies, training buffers, what merging
/// programs leave behind).
std::vector<std::string> convert_single_file(const std::filesystem::path& file,
                                             const std::filesystem::path& destination,
                                             const ConvertOptions& options = {});

/// What convert_single_file() returns and throws for a file, without its tensors being read.
std::vector<std::string> left_over_in(const std::filesystem::path& file);

}  // namespace diffusion
