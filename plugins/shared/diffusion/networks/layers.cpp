#include "diffusion/networks/layers.h"

#include <ATen/ops/conv2d.h>
#include <ATen/ops/group_norm.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>

namespace diffusion {

Linear::Linear(const Scope& scope, std::int64_t in, std::int64_t out, bool with_bias)
    : weight(scope.take("weight", {out, in})), terms(scope.terms(weight)) {
  if (with_bias) bias = scope.take("bias", {out});
}

at::Tensor Linear::operator()(const at::Tensor& x) const {
  return plus_linear_terms(at::linear(x, weight, bias), x, *terms);
}

Conv2d::Conv2d(const Scope& scope, std::int64_t in, std::int64_t out, std::int64_t kernel,
               std::int64_t stride, std::int64_t padding)
    : weight(scope.take("weight", {out, in, kernel, kernel})),
      bias(scope.take("bias", {out})),
      stride(stride),
      padding(padding),
      terms(scope.terms(weight)) {}

at::Tensor Conv2d::operator()(const at::Tensor& x) const {
  return plus_conv_terms(at::conv2d(x, weight, bias, {stride, stride}, {padding, padding}), x,
                         *terms, stride, padding);
}

GroupNorm::GroupNorm(const Scope& scope, std::int64_t channels, std::int64_t groups, double epsilon)
    : weight(scope.take("weight", {channels})),
      bias(scope.take("bias", {channels})),
      groups(groups),
      epsilon(epsilon) {}

at::Tensor GroupNorm::operator()(const at::Tensor& x) const {
  return at::group_norm(x, groups, weight, bias, epsilon);
}

LayerNorm::LayerNorm(const Scope& scope, std::int64_t channels, double epsilon)
    : weight(scope.take("weight", {channels})),
      bias(scope.take("bias", {channels})),
      epsilon(epsilon) {}

at::Tensor LayerNorm::operator()(const at::Tensor& x) const {
  return at::layer_norm(x, weight.sizes(), weight, bias, epsilon);
}

}  // namespace diffusion
