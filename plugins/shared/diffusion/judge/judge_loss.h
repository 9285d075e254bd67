#pragma once

#include <ATen/core/Tensor.h>

#include "diffusion/judge/judge_network.h"

namespace diffusion {

/// What is known of a batch of pictures: places in JudgeWords, -1 for not known. [batch] int64
/// each.
struct JudgeTruth {
  at::Tensor pictures;  ///< places of the pictures that these were drawn from
  at::Tensor categories, styles, backgrounds;
};

/// What the network is trained by: cross-entropy of each head over the rows where it is known, and
/// of the embedding against one vector per training picture, so that it tells things of one
/// category apart (Dosovitskiy et al., "Discriminative unsupervised feature learning with exemplar
/// convolutional neural networks", arXiv 1406.6909; here as a cosine softmax, `kSharpness` times
/// the cosine). `exemplars` [pictures, embedding_dim] is learned too, and thrown away afterwards.
at::Tensor judge_loss(const JudgeSeen& seen, const JudgeTruth& truth, const at::Tensor& exemplars);

/// The share of rows whose truth is known in which the largest logit is the true one; 0 without
/// any.
double accuracy(const at::Tensor& logits, const at::Tensor& truth);

}  // namespace diffusion
