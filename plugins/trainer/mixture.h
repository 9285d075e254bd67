#pragma once

#include <filesystem>

#include "diffusion/training/dreambooth.h"

namespace trainer {

/// Weights between those that a training began with and those that it has come to:
///   w = (1 - share) x before + share x trained
/// for every weight that is trained (Wortsman et al., "Robust fine-tuning of zero-shot models",
/// arXiv 2109.01903). Holds two copies of them.
class Mixture {
 public:
  /// Copies what `training` has come to (its averaged weights, when it keeps any), and reads
  /// `base`, the model folder that it began with. Throws files::Error for a damaged folder, or
  /// one of another model.
  Mixture(diffusion::DreamBooth& training, const std::filesystem::path& base);

  /// Gives the training, and its averages, the weights of this share, 0 to 1; 1 is what it has come
  /// to, bit for bit.
  void take(double share);

 private:
  diffusion::DreamBooth& training_;
  diffusion::NamedTensors before_, trained_;
};

}  // namespace trainer
