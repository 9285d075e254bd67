#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

namespace diffusion {

/// Dropout of what goes into low-rank terms (peft `lora_dropout`), during training. The masks
/// follow from seed, pass and layer alone, so that a pass that is computed again (gradient
/// checkpointing, a resumed run) has the same ones.
struct InputDropout {
  double share = 0;  ///< of the inputs that become 0, in [0, 1)
  std::uint64_t seed = 0;
  std::uint64_t pass = 0;  ///< below 2^48; whoever trains counts it
  bool training = false;   ///< false: inputs pass as they are
  /// `layer` is below 2^16.
  at::Tensor operator()(const at::Tensor& x, std::uint64_t layer) const;
};

/// One low-rank term of a layer (Hu et al., arXiv 2106.09685): scale * up(down(x)), in addition to
/// the layer's own result. Computed in the factors' type, or in autocast's.
struct LowRankTerm {
  at::Tensor down;  ///< [r, in], or [r, in, k, k] with the stride and padding of the layer
  at::Tensor up;    ///< [out, r], or [out, r, 1, 1]
  double scale = 1;
  std::shared_ptr<const InputDropout> dropout = {};  ///< may be null
  std::uint64_t layer = 0;                           ///< for `dropout`
  const void* owner = nullptr;                       ///< whoever added it
};

/// The terms of one layer. Changed only while no thread computes with the layer.
using LowRankTerms = std::vector<LowRankTerm>;

/// A layer of a network to which terms may be added.
struct AdaptableLayer {
  std::string name;   ///< without ".weight"
  at::Tensor weight;  ///< [out, in] or [out, in, k, k]
  std::shared_ptr<LowRankTerms> terms;
};

/// `result`, in its type, plus the terms of a linear layer on `x`.
at::Tensor plus_linear_terms(at::Tensor result, const at::Tensor& x, const LowRankTerms& terms);
/// The same of a convolution.
at::Tensor plus_conv_terms(at::Tensor result, const at::Tensor& x, const LowRankTerms& terms,
                           std::int64_t stride, std::int64_t padding);

}  // namespace diffusion
