#include "diffusion/networks/transformer.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/gelu.h>

namespace diffusion {
namespace {

constexpr double kLayerNormEpsilon = 1e-5;
constexpr double kGroupNormEpsilon = 1e-6;
constexpr std::int64_t kFeedForwardFactor = 4;

Transformer::Projection projection(const Scope& scope, std::int64_t channels, bool linear) {
  if (linear) return Linear(scope, channels, channels);
  return Conv2d(scope, channels, channels, 1);
}

at::Tensor tokens_of(const at::Tensor& x) {
  return x.flatten(2).transpose(1, 2);
}

at::Tensor picture_of(const at::Tensor& tokens, const at::Tensor& like) {
  return tokens.transpose(1, 2).reshape(like.sizes());
}

}  // namespace

TransformerBlock::TransformerBlock(const Scope& scope, std::int64_t channels,
                                   const TransformerStyle& style)
    : norm1(scope / "norm1", channels, kLayerNormEpsilon),
      attn1(scope / "attn1", channels, channels, style.heads, false),
      norm2(scope / "norm2", channels, kLayerNormEpsilon),
      attn2(scope / "attn2", channels, style.context_channels, style.heads, false),
      norm3(scope / "norm3", channels, kLayerNormEpsilon),
      ff_in(scope / "ff" / "net" / 0 / "proj", channels, 2 * kFeedForwardFactor * channels),
      ff_out(scope / "ff" / "net" / 2, kFeedForwardFactor * channels, channels) {}

at::Tensor TransformerBlock::operator()(at::Tensor x, const at::Tensor& context) const {
  const auto self = norm1(x);
  x = x + attn1(self, self);
  x = x + attn2(norm2(x), context);
  const auto halves = ff_in(norm3(x)).chunk(2, -1);
  return x + ff_out(halves[0] * at::gelu(halves[1]));
}

Transformer::Transformer(const Scope& scope, std::int64_t channels, const TransformerStyle& style)
    : norm(scope / "norm", channels, style.groups, kGroupNormEpsilon),
      proj_in(projection(scope / "proj_in", channels, style.linear_projection)),
      proj_out(projection(scope / "proj_out", channels, style.linear_projection)) {
  for (std::int64_t i = 0; i < style.layers; ++i) {
    blocks.emplace_back(scope / "transformer_blocks" / i, channels, style);
  }
}

at::Tensor Transformer::operator()(const at::Tensor& x, const at::Tensor& context) const {
  const auto normalized = norm(x);
  const auto* linear_in = std::get_if<Linear>(&proj_in);
  auto tokens = linear_in ? (*linear_in)(tokens_of(normalized))
                          : tokens_of(std::get<Conv2d>(proj_in)(normalized));
  for (const auto& block : blocks) tokens = block(tokens, context);
  const auto* linear_out = std::get_if<Linear>(&proj_out);
  return x + (linear_out ? picture_of((*linear_out)(tokens), x)
                         : std::get<Conv2d>(proj_out)(picture_of(tokens, x)));
}

}  // namespace diffusion
