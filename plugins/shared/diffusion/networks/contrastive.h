#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>

#include "diffusion/networks/text_encoder.h"
#include "diffusion/networks/unet.h"

namespace diffusion {

/// The contrastive loss that teaches a text encoder its words (CLIP, Radford et al., arXiv
/// 2103.00020). It turns latents and captions into vectors of the text encoder's width; the vectors
/// of a picture and its own caption learn to point the same way. A text's vector is the mean over
/// all positions, including padding: the cross-attention of an untrained UNet looks at all
/// positions equally, so each position must carry the caption's meaning. One thread.
class Contrastive {
 public:
  /// Draws its weights from `seed`, on the device of `text`. `text` must outlive this object.
  /// `channels` is that of the latents.
  Contrastive(const TextEncoder& text, std::int64_t channels, std::uint64_t seed);
  ~Contrastive();

  /// The loss of `latents` [n, channels, h, w] and their captions' `ids` [n, length]: the mean over
  /// both directions of KL(match || softmax of the similarities) over the batch. Rows with equal
  /// ids match each other. 0 is the best value, ln n is chance.
  at::Tensor loss(const at::Tensor& latents, const at::Tensor& ids) const;

  /// Its own weights, without the text encoder's; they require gradients.
  const NamedTensors& named_parameters() const;

 private:
  struct Network;

  const TextEncoder* text_;
  std::unique_ptr<Network> network_;
};

}  // namespace diffusion
