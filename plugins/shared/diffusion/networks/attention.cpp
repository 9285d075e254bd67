#include "diffusion/networks/attention.h"

#include <ATen/ops/scaled_dot_product_attention.h>

namespace diffusion {
namespace {

at::Tensor split_heads(const at::Tensor& x, std::int64_t heads) {
  return x.view({x.size(0), x.size(1), heads, x.size(2) / heads}).transpose(1, 2);
}

}  // namespace

at::Tensor attend(const at::Tensor& query, const at::Tensor& key, const at::Tensor& value,
                  std::int64_t heads, bool causal) {
  const auto joined = at::scaled_dot_product_attention(
      split_heads(query, heads), split_heads(key, heads), split_heads(value, heads),
      /*attn_mask=*/{}, /*dropout_p=*/0.0, causal);
  return joined.transpose(1, 2).reshape(query.sizes());
}

Attention::Attention(const Scope& scope, std::int64_t channels, std::int64_t context_channels,
                     std::int64_t heads, bool with_bias)
    : to_q(scope / "to_q", channels, channels, with_bias),
      to_k(scope / "to_k", context_channels, channels, with_bias),
      to_v(scope / "to_v", context_channels, channels, with_bias),
      to_out(scope / "to_out" / 0, channels, channels),
      heads(heads) {}

at::Tensor Attention::operator()(const at::Tensor& x, const at::Tensor& context) const {
  return to_out(attend(to_q(x), to_k(context), to_v(context), heads));
}

}  // namespace diffusion
