#pragma once

#include <ATen/core/Tensor.h>

#include <functional>

namespace diffusion {

/// A part of a network. It takes hidden states and the two tensors that every part gets.
using NetworkPart = std::function<at::Tensor(const at::Tensor& x, const at::Tensor& time,
                                             const at::Tensor& context)>;

/// The part's result. Its backward pass computes the part again instead of keeping intermediate
/// results (Chen et al., arXiv 1604.06174; torch `checkpoint` with use_reentrant). This saves
/// memory for one more forward pass. The gradients are the same except for the order of sums.
/// Autocast is as in the first pass. No input needs to require a gradient for the weights inside to
/// get theirs. The weights that `part` reads must live, unchanged, until the backward pass.
at::Tensor checkpointed(NetworkPart part, const at::Tensor& x, const at::Tensor& time,
                        const at::Tensor& context);

}  // namespace diffusion
