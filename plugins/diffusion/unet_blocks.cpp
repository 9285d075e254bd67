#include "diffusion/unet_blocks.h"

#include <ATen/core/IListRef.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/upsample_nearest2d.h>

namespace diffusion {

at::Tensor DownBlock::operator()(at::Tensor x, const Conditions& conditions,
                                 std::vector<at::Tensor>& skips) const {
  for (std::size_t i = 0; i < resnets.size(); ++i) {
    x = resnets[i](x, conditions.activated_time);
    if (!attentions.empty()) x = attentions[i](x, conditions.context);
    skips.push_back(x);
  }
  if (downsampler) skips.push_back(x = (*downsampler)(x));
  return x;
}

at::Tensor MidBlock::operator()(at::Tensor x, const Conditions& conditions) const {
  x = resnet0(x, conditions.activated_time);
  x = attention(x, conditions.context);
  return resnet1(x, conditions.activated_time);
}

at::Tensor UpBlock::operator()(at::Tensor x, const Conditions& conditions,
                               std::vector<at::Tensor>& skips) const {
  for (std::size_t i = 0; i < resnets.size(); ++i) {
    x = resnets[i](at::cat({x, skips.back()}, 1), conditions.activated_time);
    skips.pop_back();
    if (!attentions.empty()) x = attentions[i](x, conditions.context);
  }
  if (!upsampler) return x;
  // To the size of the skip that follows, which is not always twice this one.
  const auto size = skips.back().sizes();
  return (*upsampler)(at::upsample_nearest2d(x, {size[2], size[3]}));
}

}  // namespace diffusion
