#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>
#include <memory>

#include "diffusion/networks/low_rank.h"
#include "diffusion/networks/weights.h"

namespace diffusion {

/// The basic layers: their weights, and what they do to a tensor. The constructors take the weights
/// from a Scope. A layer with an undefined weight never runs, because Weights::finish() throws
/// first.
struct Linear {
  Linear(const Scope& scope, std::int64_t in, std::int64_t out, bool with_bias = true);
  at::Tensor operator()(const at::Tensor& x) const;
  at::Tensor weight, bias;
  std::shared_ptr<LowRankTerms> terms;  ///< added to the result; usually none
};

struct Conv2d {
  Conv2d(const Scope& scope, std::int64_t in, std::int64_t out, std::int64_t kernel,
         std::int64_t stride = 1, std::int64_t padding = 0);
  at::Tensor operator()(const at::Tensor& x) const;
  at::Tensor weight, bias;
  std::int64_t stride, padding;
  std::shared_ptr<LowRankTerms> terms;
};

struct GroupNorm {
  GroupNorm(const Scope& scope, std::int64_t channels, std::int64_t groups, double epsilon);
  at::Tensor operator()(const at::Tensor& x) const;
  at::Tensor weight, bias;
  std::int64_t groups;
  double epsilon;
};

struct LayerNorm {
  LayerNorm(const Scope& scope, std::int64_t channels, double epsilon);
  at::Tensor operator()(const at::Tensor& x) const;
  at::Tensor weight, bias;
  double epsilon;
};

}  // namespace diffusion
