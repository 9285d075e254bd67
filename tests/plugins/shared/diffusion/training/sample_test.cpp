#include "tests/catch_torch.h"

#include "diffusion/training/sample.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

#include <limits>

#include "diffusion/formats/diffusion_error.h"
#include "diffusion/schedulers/scheduler.h"
#include "diffusion_fixtures.h"

using diffusion::sample_latents;
using diffusion::SchedulerConfig;

namespace {

struct Sampling {
  diffusion::UNet unet{tiny_model()};
  SchedulerConfig config = SchedulerConfig::from_model_folder(tiny_model());
  diffusion::Batch batch = batch_from(1);
  at::Tensor cond = batch.context.narrow(0, 0, 1);
  at::Tensor uncond = batch.context.narrow(0, 1, 1);

  at::Tensor run(diffusion::SampleOptions options, const diffusion::OnStep& on_step = {}) {
    return sample_latents(unet, config, batch.noise, cond, uncond, options, on_step);
  }
};

}  // namespace

TEST_CASE("every step is reported, and a caller that says stop is obeyed at once") {
  Sampling sampling;
  std::vector<int> seen;
  sampling.run({4, 3.0}, [&](int step, int total) {
    CHECK(total == 4);
    seen.push_back(step);
    return true;
  });
  CHECK(seen == std::vector<int>{1, 2, 3, 4});
  int calls = 0;
  CHECK_THROWS_AS(sampling.run({4, 3.0}, [&](int, int) { return ++calls < 2; }),
                  diffusion::Cancelled);
  CHECK(calls == 2);
}

TEST_CASE("the scheduler that the configuration names takes the walk") {
  Sampling sampling;
  const auto ddim = sampling.run({4, 3.0});
  sampling.config = diffusion::with_scheduler(sampling.config, "pndm");
  sampling.config.skip_prk_steps = true;
  int calls = 0;
  const auto pndm = sampling.run({4, 3.0}, [&](int, int total) { return ++calls, total == 5; });
  CHECK(calls == 5);
  CHECK_FALSE(pndm.allclose(ddim));
}

TEST_CASE("without guidance the negative prompt does not matter") {
  Sampling sampling;
  const auto expected = sampling.run({2, 1.0});
  sampling.uncond = at::Tensor();
  CHECK(sampling.run({2, 1.0}).equal(expected));
  CHECK(sampling.run({2, 0.0}).equal(expected));
}

TEST_CASE("one prompt for all pictures or one for each gives the same latents") {
  Sampling sampling;
  const auto expected = sampling.run({2, 3.0});
  sampling.cond = sampling.cond.repeat({3, 1, 1});
  sampling.uncond = sampling.uncond.repeat({3, 1, 1});
  CHECK(sampling.run({2, 3.0}).equal(expected));
  sampling.cond = sampling.cond.narrow(0, 0, 2);
  CHECK_THAT(error_of([&] { sampling.run({2, 3.0}); }), Catch::Contains("embedding"));
}

TEST_CASE("sampled latents can be trained on") {
  Sampling sampling;
  auto latents = sampling.run({2, 3.0});
  CHECK_FALSE(latents.is_inference());
  CHECK_FALSE(latents.requires_grad());
}

TEST_CASE("a damaged model is noticed at the end of the walk") {
  Sampling sampling;
  const at::NoGradGuard no_gradients;
  sampling.unet.named_parameters().front().second.fill_(std::numeric_limits<float>::quiet_NaN());
  CHECK_THAT(error_of([&] { sampling.run({2, 3.0}); }), Catch::Contains("not finite"));
}

TEST_CASE("a network in bfloat16 takes half the memory and walks nearly the same way") {
  Sampling sampling;
  const auto exact = sampling.run({8, 3.0});
  const auto bytes = sampling.unet.bytes();
  sampling.unet.compute_in(at::kBFloat16);
  CHECK(sampling.unet.bytes() * 2 == bytes);
  const auto latents = sampling.run({8, 3.0});
  CHECK(latents.scalar_type() == at::kFloat);
  const double error = (latents - exact).abs().mean().item<double>();
  CHECK(error > 0);
  CHECK(error < 0.01 * exact.abs().mean().item<double>());
  CHECK_THROWS_AS(sampling.unet.compute_in(at::kDouble), diffusion::Error);
}
