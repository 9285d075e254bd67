#include "diffusion/training/held_out.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/randperm.h>

#include <algorithm>

#include "diffusion/formats/diffusion_error.h"

namespace diffusion {
namespace {

constexpr std::int64_t kAtOnce = 16;

// The networks' answers, a few draws at a time: [draws, 4, h, w].
at::Tensor answers(const UNet& unet, const NoiseSchedule& schedule, const HeldOut& asked,
                   const at::Tensor& context) {
  const at::NoGradGuard no_gradients;
  const auto noisy = schedule.add_noise(asked.latents, asked.noise, asked.timesteps);
  std::vector<at::Tensor> parts;
  for (std::int64_t first = 0; first < noisy.size(0); first += kAtOnce) {
    const auto count = std::min(kAtOnce, noisy.size(0) - first);
    parts.push_back(unet.forward(noisy.narrow(0, first, count).to(unet.device()),
                                 asked.timesteps.narrow(0, first, count),
                                 context.to(unet.device()).expand({count, -1, -1})));
  }
  return at::cat(parts).cpu();
}

}  // namespace

HeldOut held_out(const at::Tensor& latents, std::int64_t draws, int num_train_timesteps,
                 std::uint64_t seed) {
  if (latents.dim() != 4 || latents.size(0) < 1 || draws < 1) {
    throw Error("a held-out loss needs latents [pictures, channels, height, width] and draws");
  }
  auto random = at::detail::createCPUGenerator(seed);
  const auto places = at::arange(draws, at::kLong);
  const auto rows = latents.index_select(0, places.remainder(latents.size(0)));
  const auto middles = ((places.to(at::kDouble) + 0.5) * num_train_timesteps / draws).to(at::kLong);
  const auto order = at::randperm(draws, random, at::TensorOptions().dtype(at::kLong));
  return {rows, at::randn(rows.sizes(), random), middles.index_select(0, order)};
}

std::vector<double> held_out_losses(const UNet& unet, const NoiseSchedule& schedule,
                                    const HeldOut& asked, const at::Tensor& context) {
  const auto wrong = answers(unet, schedule, asked, context) -
                     schedule.target(asked.latents, asked.noise, asked.timesteps);
  const auto losses = (wrong * wrong).mean({1, 2, 3}).to(at::kDouble).contiguous();
  return {losses.data_ptr<double>(), losses.data_ptr<double>() + losses.numel()};
}

double drift(const Prompted& one, const Prompted& other, const NoiseSchedule& schedule,
             const HeldOut& asked) {
  const auto apart = answers(one.unet, schedule, asked, one.context) -
                     answers(other.unet, schedule, asked, other.context);
  return (apart * apart).mean().item<double>();
}

}  // namespace diffusion
