#include "tests/catch_torch.h"

#include "diffusion/training/fit.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/mse_loss.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/tensor.h>

#include <catch2/catch.hpp>
#include <cmath>

#include "diffusion/formats/diffusion_error.h"
#include "diffusion/networks/vae.h"
#include "diffusion/training/text_to_image.h"
#include "diffusion/training/vae_fit.h"
#include "diffusion_fixtures.h"

using diffusion::Fit;
using diffusion::FitOptions;
using diffusion::NoiseSchedule;
using diffusion::TextEncoder;
using diffusion::UNet;

namespace {

constexpr std::uint64_t kSeed = 5;

at::Tensor noise(std::uint64_t seed, at::IntArrayRef shape) {
  return at::randn(shape, at::detail::createCPUGenerator(seed));
}

diffusion::CaptionedLatents captioned_batch(std::uint64_t seed) {
  auto random = at::detail::createCPUGenerator(seed);
  const auto longs = at::TensorOptions().dtype(at::kLong);
  return {noise(seed + 100, {3, 4, 8, 8}), at::randint(0, 50, {3, 6}, random, longs),
          noise(seed + 200, {3, 4, 8, 8}), at::randint(0, 1000, {3}, random, longs)};
}

/// Text encoder and UNet from random weights, with an optimisation of both.
struct Networks {
  explicit Networks(FitOptions options)
      : text(tiny_model(), at::kCPU, kSeed),
        unet(tiny_model(), at::kCPU, kSeed),
        schedule(tiny_model()),
        fit(trained(), options) {}

  diffusion::NamedTensors trained() {
    text.requires_grad(true);
    unet.requires_grad(true);
    auto weights = text.named_parameters();
    for (const auto& [name, weight] : unet.named_parameters()) {
      weights.emplace_back("unet." + name, weight);
    }
    return weights;
  }
  double step(std::uint64_t batch) {
    const auto loss =
        diffusion::text_to_image_loss(text, unet, schedule, captioned_batch(batch), 5);
    fit.step(loss);
    return loss.item<double>();
  }
  at::Tensor first_weight() const {
    return unet.named_parameters().front().second.detach().clone();
  }

  TextEncoder text;
  UNet unet;
  NoiseSchedule schedule;
  Fit fit;
};

const FitOptions kOptions{
    .learning_rate = 1e-3, .lr_schedule = {"cosine", 0, 100}, .ema_decay = 0.5};

}  // namespace

TEST_CASE("drawn weights follow from the seed and lie within 1 / sqrt(fan_in)") {
  const UNet one(tiny_model(), at::kCPU, 1), again(tiny_model(), at::kCPU, 1);
  const UNet other(tiny_model(), at::kCPU, 2);
  for (std::size_t i = 0; i < one.named_parameters().size(); ++i) {
    const auto& [name, weight] = one.named_parameters()[i];
    CAPTURE(name);
    CHECK(weight.equal(again.named_parameters()[i].second));
    if (weight.dim() < 2) continue;
    CHECK_FALSE(weight.equal(other.named_parameters()[i].second));
    const double bound = std::sqrt(static_cast<double>(weight.size(0)) / weight.numel());
    CHECK(weight.abs().max().item<double>() <= bound);
    CHECK(weight.abs().max().item<double>() > bound / 2);
  }
}

TEST_CASE("the learning rate warms up in a line and comes down as its schedule says") {
  const auto share = [](const char* name, std::int64_t step) {
    return diffusion::lr_share({name, 4, 104}, step);
  };
  for (const char* name : {"constant_with_warmup", "linear", "cosine"}) {
    CHECK(share(name, 0) == 0);
    CHECK(share(name, 3) == 0.75);
    CHECK(share(name, 4) == 1);
  }
  CHECK(share("constant", 0) == 1);
  CHECK(share("constant_with_warmup", 1000) == 1);
  CHECK(share("linear", 79) == Approx(0.25));
  CHECK(share("cosine", 54) == Approx(0.5));
  for (const std::int64_t step : {104, 500}) {
    CHECK(share("linear", step) == 0);
    CHECK(share("cosine", step) == Approx(0).margin(1e-12));
  }
  CHECK(diffusion::lr_share({"linear", 0, 0}, 0) == 1);
  CHECK_THROWS_AS(share("polynomial", 0), diffusion::Error);
}

TEST_CASE("text encoder and UNet learn one batch together") {
  Networks networks(kOptions);
  const auto embedding = networks.text.named_parameters().front().second.detach().clone();
  const double first = networks.step(0);
  double last = first;
  for (int i = 0; i < 20; ++i) last = networks.step(0);
  CHECK(last < 0.9 * first);
  CHECK_FALSE(networks.text.named_parameters().front().second.equal(embedding));
}

TEST_CASE("averaged weights stand in for the trained ones as long as they are asked to") {
  Networks networks(kOptions);
  networks.step(0);
  const auto first = networks.first_weight();
  networks.step(1);
  const auto second = networks.first_weight();
  {
    const Fit::Averaged averaged(networks.fit);
    const auto expected = first * (2.0 / 11) + second * (9.0 / 11);
    CHECK(networks.first_weight().allclose(expected, 1e-5, 1e-7));
  }
  CHECK(networks.first_weight().equal(second));
}

TEST_CASE("the averages follow at once at first, and never slower than they are told to") {
  CHECK(diffusion::averaging_decay(1, 0.9) == 0);
  CHECK(diffusion::averaging_decay(2, 0.9) == Approx(2.0 / 11));
  CHECK(diffusion::averaging_decay(1000, 0.9) == 0.9);
  CHECK(diffusion::averaging_decay(1, 0.9, 3) == 0);
  CHECK(diffusion::averaging_decay(2, 0.9, 3) == Approx(2.0 / 5));
  CHECK(diffusion::averaging_decay(90, 1, 3) == Approx(90.0 / 93));
}

TEST_CASE("a fit that goes on from its checkpoint is bit for bit the unbroken one") {
  const TemporaryFolder folder;
  Networks unbroken(kOptions), resumed(kOptions);
  for (int i = 0; i < 3; ++i) unbroken.step(i);
  unbroken.fit.save(folder.path());
  for (int i = 3; i < 6; ++i) unbroken.step(i);
  resumed.fit.load(folder.path());
  CHECK(resumed.fit.steps_done() == 3);
  for (int i = 3; i < 6; ++i) resumed.step(i);
  CHECK(resumed.first_weight().equal(unbroken.first_weight()));
  const Fit::Averaged one(unbroken.fit), other(resumed.fit);
  CHECK(resumed.first_weight().equal(unbroken.first_weight()));
}

TEST_CASE("a loss that is not finite leaves the weights as they were") {
  Networks networks(kOptions);
  const auto before = networks.first_weight();
  const auto loss = networks.unet.named_parameters().front().second.sum() / 0.0;
  CHECK_THROWS_AS(networks.fit.step(loss), diffusion::Error);
  CHECK(networks.first_weight().equal(before));
}

TEST_CASE("without min-SNR the text-to-image loss is the mean squared error") {
  const TextEncoder text(tiny_model());
  const UNet unet(tiny_model());
  const NoiseSchedule schedule(tiny_model());
  const auto batch = captioned_batch(3);
  const auto noisy = schedule.add_noise(batch.latents, batch.noise, batch.timesteps);
  const auto expected = at::mse_loss(unet.forward(noisy, batch.timesteps, text.encode(batch.ids)),
                                     schedule.target(batch.latents, batch.noise, batch.timesteps));
  const auto loss = diffusion::text_to_image_loss(text, unet, schedule, batch, 0);
  CHECK(loss.item<double>() == Approx(expected.item<double>()).epsilon(1e-5));
}

TEST_CASE("a VAE from random weights learns a picture, and is saved and read again") {
  const TemporaryFolder folder;
  diffusion::Vae vae(tiny_model(), at::kCPU, kSeed);
  vae.requires_grad(true);
  Fit fit(vae.named_parameters(), {.learning_rate = 3e-3});
  const auto pixels = noise(9, {2, 3, 16, 16}).clamp(-1, 1);
  auto random = at::detail::createCPUGenerator(1);
  double first = 0, last = 0;
  for (int i = 0; i < 30; ++i) {
    const auto loss = diffusion::vae_loss(vae, pixels, random, {});
    fit.step(loss.total);
    last = loss.reconstruction;
    if (i == 0) first = last;
  }
  CHECK(last < 0.9 * first);
  vae.set_scaling_factor(0.25);
  vae.save(folder / "vae");
  const diffusion::Vae read(folder.path());
  CHECK(read.scaling_factor() == 0.25);
  CHECK(read.encode(pixels).mean.allclose(vae.encode(pixels).mean));
}
