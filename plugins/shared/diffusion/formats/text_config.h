#pragma once

#include <filesystem>

namespace diffusion {

/// `text_encoder/config.json`, as far as it says what tensors there are; transformers' defaults for
/// CLIP where it is silent.
struct TextConfig {
  int width, inner_width, vocabulary, positions, layers;

  /// Throws Error for a value out of range, and for a setting that is not supported.
  static TextConfig from_file(const std::filesystem::path& file);
};

}  // namespace diffusion
