#pragma once

#include <ATen/core/Tensor.h>

#include "diffusion/judge/judge_network.h"

namespace diffusion {

/// What is known about a batch of pictures: indices into JudgeWords, -1 for unknown. [batch] int64
/// each.
struct JudgeTruth {
  at::Tensor pictures;  ///< indices of the training pictures that these were drawn from
  at::Tensor categories, styles, backgrounds;
};

/// The training loss of the network: the cross-entropy of each head over the rows whose truth is
/// known, and the cross-entropy of the embedding against one vector per training picture, so that
/// the network tells things of one category apart (Dosovitskiy et al., "Discriminative unsupervised
/// feature learning with exemplar convolutional neural networks", arXiv 1406.6909; here as a cosine
/// softmax, `kSharpness` times the cosine). `exemplars` [pictures, embedding_dim] is learned too
/// and discarded afterwards.
at::Tensor judge_loss(const JudgeSeen& seen, const JudgeTruth& truth, const at::Tensor& exemplars);

/// Among the rows whose truth is known, the share in which the largest logit is the true one; 0
/// without such rows.
double accuracy(const at::Tensor& logits, const at::Tensor& truth);

}  // namespace diffusion
