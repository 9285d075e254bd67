#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>

#include "diffusion/networks/text_encoder.h"
#include "diffusion/networks/unet.h"

namespace diffusion {

/// What a text encoder learns its words with: latents and captions, each as a vector of the text
/// encoder's width, which for a picture and its own caption point the same way (CLIP, Radford et
/// al., arXiv 2103.00020). A text's vector is the mean over all positions, padding included: the
/// cross-attention of a UNet that knows nothing yet looks at all positions alike, so that each has
/// to tell what the caption says. One thread.
class Contrastive {
 public:
  /// Random weights from `seed` on, on the device of `text`, which has to outlive this; for latents
  /// of `channels`.
  Contrastive(const TextEncoder& text, std::int64_t channels, std::uint64_t seed);
  ~Contrastive();

  /// Of `latents` [n, channels, h, w] and the `ids` [n, length] of their captions: the mean over
  /// both directions of KL(match || softmax of the similarities) over the batch; rows with the same
  /// ids are each other's match. 0 is the best, ln n is chance.
  at::Tensor loss(const at::Tensor& latents, const at::Tensor& ids) const;

  /// Its own weights, without those of the text encoder; they require gradients.
  const NamedTensors& named_parameters() const;

 private:
  struct Network;

  const TextEncoder* text_;
  std::unique_ptr<Network> network_;
};

}  // namespace diffusion
