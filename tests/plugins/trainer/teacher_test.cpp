#include "tests/catch_torch.h"

#include "trainer/teacher.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>

TEST_CASE("a teacher changes what the prior rows are to predict, and not what is seen of them") {
  const auto generator = at::detail::createCPUGenerator(3);
  diffusion::Batch batch;
  batch.instances = 1;
  batch.latents = at::randn({3, 4, 8, 8}, generator);
  batch.noise = at::randn({3, 4, 8, 8}, generator);
  batch.timesteps = at::tensor(std::vector<std::int64_t>{700, 10, 990});
  const auto context = at::randn({3, 24, 24}, generator);
  auto taught = batch;
  trainer::Teacher(std::string(TINY_MODEL)).answer(taught, context);

  const diffusion::NoiseSchedule schedule{std::filesystem::path(TINY_MODEL)};
  const auto seen = [&](const diffusion::Batch& rows) {
    return schedule.add_noise(rows.latents, rows.noise, rows.timesteps);
  };
  CHECK(at::allclose(seen(taught), seen(batch), 1e-4, 1e-4));
  CHECK(at::equal(taught.latents[0], batch.latents[0]));
  CHECK(at::equal(taught.noise[0], batch.noise[0]));
  const diffusion::UNet unet{std::filesystem::path(TINY_MODEL)};
  const auto predicted = unet.forward(seen(batch), batch.timesteps, context);
  const auto target = schedule.target(taught.latents, taught.noise, taught.timesteps);
  CHECK(at::allclose(target.narrow(0, 1, 2), predicted.narrow(0, 1, 2), 1e-3, 1e-3));
}

TEST_CASE("a batch without prior rows is left alone") {
  diffusion::Batch batch;
  batch.instances = 1;
  batch.latents = at::randn({1, 4, 8, 8});
  const auto before = batch.latents;
  trainer::Teacher(std::string(TINY_MODEL)).answer(batch, at::randn({1, 24, 24}));
  CHECK(batch.latents.is_same(before));
}
