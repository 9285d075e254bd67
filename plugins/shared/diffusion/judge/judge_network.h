#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "diffusion/networks/device.h"

namespace diffusion {

/// The words that the network's heads choose from.
struct JudgeWords {
  std::vector<std::string> categories, styles, backgrounds;
};

/// What the network sees in a batch of pictures. The columns of the logits are in the order of
/// JudgeWords.
struct JudgeSeen {
  at::Tensor embeddings;   ///< [batch, embedding_dim], of length 1
  at::Tensor categories;   ///< [batch, categories], logits
  at::Tensor styles;       ///< [batch, styles], logits
  at::Tensor backgrounds;  ///< [batch, backgrounds], logits
};

/// A small convolutional network that embeds pictures and names what they show: a convolution;
/// levels of residual blocks (He et al., arXiv 1512.03385, in the pre-activation form of diffusers'
/// UNet: GroupNorm, SiLU, convolution), each level at half the size; the mean over the picture; and
/// one linear layer each for the embedding and the heads. Several threads may use one while none
/// trains it.
class JudgeNetwork {
 public:
  /// Reads config.json and model.safetensors from a folder that save() wrote. Throws
  /// diffusion::Error when they do not fit together.
  explicit JudgeNetwork(const std::filesystem::path& folder,
                        at::Device device = diffusion::best_device());
  /// Reads only the shape from config.json and draws the weights from `seed` (diffusion::Weights).
  /// Throws diffusion::Error when a kind has no words.
  JudgeNetwork(const std::filesystem::path& folder, JudgeWords words, std::uint64_t seed,
               at::Device device = diffusion::best_device());
  ~JudgeNetwork();
  JudgeNetwork(JudgeNetwork&&) noexcept;
  JudgeNetwork& operator=(JudgeNetwork&&) noexcept;

  /// `pixels` [batch, 3, side, side] in [-1, 1], side = sample_size(). Records gradients when
  /// requires_grad(true) was called and gradient mode is on.
  JudgeSeen operator()(const at::Tensor& pixels) const;

  const JudgeWords& words() const;
  int sample_size() const;
  int embedding_dim() const;
  at::Device device() const;
  const std::vector<std::pair<std::string, at::Tensor>>& named_parameters() const;
  void requires_grad(bool on);
  /// Writes config.json, with the words, and model.safetensors.
  void save(const std::filesystem::path& folder, at::ScalarType dtype = at::kHalf) const;

 private:
  struct Layers;
  std::unique_ptr<Layers> layers_;
};

}  // namespace diffusion
