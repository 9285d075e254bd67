#pragma once

#include <ATen/core/Tensor.h>

#include <cstdint>

#include "diffusion/networks/weights.h"

namespace diffusion {

/// The layers that everything is made of: their weights, and what they do to a tensor. The
/// constructors take the weights from a Scope; a layer with an undefined weight is never run,
/// because Weights::finish() throws first.
struct Linear {
  Linear(const Scope& scope, std::int64_t in, std::int64_t out, bool with_bias = true);
  at::Tensor operator()(const at::Tensor& x) const;
  at::Tensor weight, bias;
};

struct Conv2d {
  Conv2d(const Scope& scope, std::int64_t in, std::int64_t out, std::int64_t kernel,
         std::int64_t stride = 1, std::int64_t padding = 0);
  at::Tensor operator()(const at::Tensor& x) const;
  at::Tensor weight, bias;
  std::int64_t stride, padding;
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
