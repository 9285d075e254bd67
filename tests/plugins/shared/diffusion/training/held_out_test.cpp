#include "tests/catch_torch.h"

#include "diffusion/training/held_out.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>

#include <numeric>

#include "diffusion_fixtures.h"

using diffusion::NoiseSchedule;
using diffusion::UNet;

namespace {

constexpr std::int64_t kDraws = 20;

double mean(const std::vector<double>& values) {
  return std::accumulate(values.begin(), values.end(), 0.0) / static_cast<double>(values.size());
}

}  // namespace

TEST_CASE("held-out questions are the same for the same seed, and reach every level of noise") {
  const auto latents = batch_from(1).latents;
  const auto one = diffusion::held_out(latents, kDraws, 1000, 5);
  const auto again = diffusion::held_out(latents, kDraws, 1000, 5);
  CHECK(one.noise.equal(again.noise));
  CHECK(one.timesteps.equal(again.timesteps));
  CHECK_FALSE(one.noise.equal(diffusion::held_out(latents, kDraws, 1000, 6).noise));
  const auto sorted = std::get<0>(one.timesteps.sort());
  CHECK(sorted.equal(at::arange(25, 1000, 50, at::kLong)));
  CHECK(one.latents[latents.size(0)].equal(latents[0]));
  CHECK_THROWS(diffusion::held_out(latents, 0, 1000, 5));
}

TEST_CASE(
    "the held-out loss of a network falls where it is trained, and it drifts from what it was") {
  const NoiseSchedule schedule(tiny_model());
  const UNet before(tiny_model());
  UNet after(tiny_model());
  const auto batch = batch_from(7);
  const auto context = batch.context.narrow(0, 0, 1);
  const auto asked =
      diffusion::held_out(batch.latents.narrow(0, 0, 2), kDraws, schedule.num_train_timesteps(), 3);
  const auto first = diffusion::held_out_losses(before, schedule, asked, context);
  CHECK(first.size() == kDraws);
  CHECK(first == diffusion::held_out_losses(after, schedule, asked, context));
  const auto drifted = [&] {
    return diffusion::drift({before, context}, {after, context}, schedule, asked);
  };
  CHECK(drifted() == 0);
  {
    diffusion::DreamBooth training(after, schedule, {.learning_rate = 1e-3});
    for (int step = 0; step < 10; ++step) training.step(batch);
  }
  CHECK(mean(diffusion::held_out_losses(after, schedule, asked, context)) < mean(first));
  CHECK(drifted() > 0);
  CHECK(diffusion::drift({before, context}, {before, context * 2}, schedule, asked) > 0);
}
