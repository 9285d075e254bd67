#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

namespace diffusion {

/// A part of a network: hidden states, and the two tensors that every part gets.
using NetworkPart = std::function<at::Tensor(const at::Tensor& x, const at::Tensor& time,
                                             const at::Tensor& context)>;

/// The part's result, whose backward pass computes the part again instead of keeping what is in
/// between (Chen et al., arXiv 1604.06174; torch `checkpoint` with use_reentrant). Less memory for
/// one more forward pass; the gradients are the same but for the order of sums. Autocast is as it
/// was in the first pass. The weights that `part` reads must live, unchanged, until then.
at::Tensor checkpointed(NetworkPart part, const at::Tensor& x, const at::Tensor& time,
                        const at::Tensor& context);

}  // namespace diffusion
