#include "diffusion/networks/resnet_block.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/silu.h>

namespace diffusion {

ResnetBlock::ResnetBlock(const Scope& scope, std::int64_t in, std::int64_t out,
                         const ResnetStyle& style)
    : norm1(scope / "norm1", in, style.groups, style.epsilon),
      conv1(scope / "conv1", in, out, 3, 1, 1),
      norm2(scope / "norm2", out, style.groups, style.epsilon),
      conv2(scope / "conv2", out, out, 3, 1, 1) {
  if (style.time_channels) time_emb_proj.emplace(scope / "time_emb_proj", style.time_channels, out);
  if (in != out) conv_shortcut.emplace(scope / "conv_shortcut", in, out, 1);
}

at::Tensor ResnetBlock::operator()(const at::Tensor& x, const at::Tensor& activated_time) const {
  auto h = conv1(at::silu(norm1(x)));
  if (time_emb_proj) h = h + (*time_emb_proj)(activated_time).unsqueeze(-1).unsqueeze(-1);
  h = conv2(at::silu(norm2(h)));
  return conv_shortcut ? (*conv_shortcut)(x) + h : x + h;
}

}  // namespace diffusion
