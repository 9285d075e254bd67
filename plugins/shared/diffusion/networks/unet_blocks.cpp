#include "diffusion/networks/unet_blocks.h"

#include <ATen/core/IListRef.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/upsample_nearest2d.h>

#include "diffusion/networks/gradient_checkpoint.h"

namespace diffusion {
namespace {

at::Tensor run_layer(const ResnetBlock& resnet, const Transformer* attention, const at::Tensor& x,
                     const Conditions& conditions) {
  const auto layer = [&resnet, attention](const at::Tensor& in, const at::Tensor& time,
                                          const at::Tensor& context) {
    const auto h = resnet(in, time);
    return attention == nullptr ? h : (*attention)(h, context);
  };
  return conditions.checkpointing
             ? checkpointed(layer, x, conditions.activated_time, conditions.context)
             : layer(x, conditions.activated_time, conditions.context);
}

const Transformer* at_or_none(const std::vector<Transformer>& attentions, std::size_t i) {
  return attentions.empty() ? nullptr : &attentions[i];
}

}  // namespace

at::Tensor DownBlock::operator()(at::Tensor x, const Conditions& conditions,
                                 std::vector<at::Tensor>& skips) const {
  for (std::size_t i = 0; i < resnets.size(); ++i) {
    x = run_layer(resnets[i], at_or_none(attentions, i), x, conditions);
    skips.push_back(x);
  }
  if (downsampler) skips.push_back(x = (*downsampler)(x));
  return x;
}

at::Tensor MidBlock::operator()(at::Tensor x, const Conditions& conditions) const {
  x = run_layer(resnet0, &attention, x, conditions);
  return run_layer(resnet1, nullptr, x, conditions);
}

at::Tensor UpBlock::operator()(at::Tensor x, const Conditions& conditions,
                               std::vector<at::Tensor>& skips) const {
  for (std::size_t i = 0; i < resnets.size(); ++i) {
    const auto joined = at::cat({x, skips.back()}, 1);
    skips.pop_back();
    x = run_layer(resnets[i], at_or_none(attentions, i), joined, conditions);
  }
  if (!upsampler) return x;
  // To the size of the skip that follows, which is not always twice this one.
  const auto size = skips.back().sizes();
  return (*upsampler)(at::upsample_nearest2d(x, {size[2], size[3]}));
}

}  // namespace diffusion
