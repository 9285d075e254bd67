#include "diffusion/training/dreambooth.h"

#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/zeros.h>

#include <catch2/catch.hpp>
#include <cmath>
#include <limits>
#include <new>

#include "diffusion/training/checkpoint.h"
#include "diffusion_fixtures.h"

using diffusion::DreamBooth;
using diffusion::NoiseSchedule;
using diffusion::TrainOptions;
using diffusion::UNet;

namespace {

struct Run {
  explicit Run(TrainOptions options = {.learning_rate = 1e-3})
      : unet(tiny_model()), training(unet, NoiseSchedule(tiny_model()), options) {}
  double steps(int from, int to) {
    double loss = 0;
    for (int step = from; step < to; ++step) loss = training.step(batch_from(step)).loss;
    return loss;
  }
  UNet unet;
  DreamBooth training;
};

std::vector<at::Tensor> weights_of(const UNet& unet) {
  std::vector<at::Tensor> weights;
  for (const auto& [name, tensor] : unet.named_parameters()) {
    weights.push_back(tensor.detach().clone());
  }
  return weights;
}

bool same_bits(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
  bool same = a.size() == b.size();
  for (std::size_t i = 0; same && i < a.size(); ++i) same = a[i].equal(b[i]);
  return same;
}

// 2 instance rows and 4 prior rows: two parts, not four.
diffusion::Batch even(std::int64_t seed) {
  const auto a = batch_from(seed), b = batch_from(seed + 100);
  return {at::cat({a.latents, b.latents}), at::cat({a.noise, b.noise}),
          at::cat({a.timesteps, b.timesteps}), at::cat({a.context, b.context}), 2};
}

}  // namespace

TEST_CASE("training on one batch lowers its loss") {
  Run run;
  const double first = run.training.step(batch_from(7)).loss;
  for (int i = 0; i < 30; ++i) run.training.step(batch_from(7));
  CHECK(run.training.step(batch_from(7)).loss < 0.8 * first);
}

TEST_CASE("a run that goes on from a checkpoint is bit-equal to one that was never interrupted") {
  const TemporaryFolder folder;
  Run whole;
  whole.steps(0, 3);
  whole.training.save_checkpoint(folder / "checkpoint");
  const double expected = whole.steps(3, 6);

  Run resumed;
  CHECK(resumed.training.load_checkpoint(folder / "checkpoint") == 3);
  CHECK(resumed.training.resume_note().empty());
  CHECK(resumed.steps(3, 6) == expected);
  CHECK(same_bits(weights_of(resumed.unet), weights_of(whole.unet)));
}

TEST_CASE("a checkpoint replaces the one before it and leaves nothing beside it") {
  const TemporaryFolder folder;
  Run run;
  run.training.save_checkpoint(folder.path());
  run.steps(0, 2);
  run.training.save_checkpoint(folder.path());
  CHECK(run.training.load_checkpoint(folder.path()) == 2);
  const std::filesystem::directory_iterator entries(folder.path());
  CHECK(std::distance(begin(entries), end(entries)) == 1);
}

TEST_CASE("a checkpoint under other options, of another model or cut short changes nothing") {
  const TemporaryFolder folder;
  Run run;
  run.steps(0, 1);
  run.training.save_checkpoint(folder.path());
  const auto file = folder / diffusion::kCheckpointFile;

  Run other({.learning_rate = 2e-3});
  const auto before = weights_of(other.unet);
  CHECK_THAT(error_of([&] { other.training.load_checkpoint(folder.path()); }),
             Catch::Contains("learning_rate 0.001") && Catch::Contains("0.002"));
  CHECK(same_bits(weights_of(other.unet), before));

  Run same;
  const auto untouched = weights_of(same.unet);
  const auto bytes = read_file(file);
  write_file(file, bytes.substr(0, bytes.size() - 1));
  CHECK_THAT(error_of([&] { same.training.load_checkpoint(folder.path()); }),
             Catch::Contains("cut short"));
  CHECK(same_bits(weights_of(same.unet), untouched));
  std::filesystem::remove(file);
  CHECK_THAT(error_of([&] { same.training.load_checkpoint(folder.path()); }),
             Catch::Contains(diffusion::kCheckpointFile));
}

TEST_CASE("a loss that is not finite is refused and the weights stay") {
  Run run;
  const auto before = weights_of(run.unet);
  auto batch = batch_from(1);
  batch.latents[0][0][0][0] = std::numeric_limits<float>::quiet_NaN();
  CHECK_THAT(error_of([&] { run.training.step(batch); }), Catch::Contains("not finite"));
  CHECK(same_bits(weights_of(run.unet), before));

  SECTION("and the step after it is as if it had not been") {
    Run fresh;
    CHECK(run.training.step(batch_from(2)).loss == fresh.training.step(batch_from(2)).loss);
    CHECK(same_bits(weights_of(run.unet), weights_of(fresh.unet)));
  }
}

TEST_CASE("a gradient that is not finite is refused and the weights stay") {
  // The loss still fits into float32, the norm of its gradients does not.
  Run run({.learning_rate = 1e-3, .prior_loss_weight = 1e37});
  const auto before = weights_of(run.unet);
  CHECK_THAT(error_of([&] { run.training.step(batch_from(1)); }), Catch::Contains("gradient"));
  CHECK(same_bits(weights_of(run.unet), before));
}

TEST_CASE("without memory for a batch its parts become smaller, and the step is nearly the same") {
  Run enough;
  int calls = 0;
  TrainOptions options{.learning_rate = 1e-3};
  options.before_part = [&] {
    if (++calls == 2) throw std::bad_alloc();
  };
  Run little(options);
  CHECK(little.training.parts() == 1);
  CHECK(little.training.step(even(0)).loss == enough.training.step(even(0)).loss);
  const auto loss = little.training.step(even(1)).loss;  // out of memory here
  CHECK(little.training.parts() == 2);
  CHECK(loss == Approx(enough.training.step(even(1)).loss).epsilon(1e-4));
  CHECK(calls == 4);
  const auto next = little.training.step(even(2)).loss;
  CHECK(next == Approx(enough.training.step(even(2)).loss).epsilon(1e-3));
  CHECK(calls == 6);
}

TEST_CASE("a batch that cannot be parted any more fails for want of memory, and changes nothing") {
  TrainOptions options{.learning_rate = 1e-3};
  options.before_part = [] { throw std::bad_alloc(); };
  Run run(options);
  const auto before = weights_of(run.unet);
  CHECK_THROWS_AS(run.steps(0, 1), std::bad_alloc);
  CHECK(same_bits(before, weights_of(run.unet)));
}

TEST_CASE("the prior's weight scales the prior's loss") {
  Run plain({.learning_rate = 0, .weight_decay = 0, .prior_loss_weight = 0});
  Run weighted({.learning_rate = 0, .weight_decay = 0, .prior_loss_weight = 2.5});
  const auto first = plain.training.step(batch_from(3));
  const auto second = weighted.training.step(batch_from(3));
  CHECK(first.loss == Approx(first.instance_loss));
  CHECK(second.loss == Approx(second.instance_loss + 2.5 * second.prior_loss));
}

TEST_CASE("a batch without prior rows trains on its instances alone") {
  Run run;
  auto batch = batch_from(3);
  batch.instances = 3;
  const auto result = run.training.step(batch);
  CHECK(result.prior_loss == 0);
  CHECK(result.loss == Approx(result.instance_loss));
}

TEST_CASE("a batch whose parts do not fit together is refused") {
  Run run;
  const auto refuse = [&](const std::function<void(diffusion::Batch&)>& change) {
    auto batch = batch_from(1);
    change(batch);
    return error_of([&] { run.training.step(batch); });
  };
  CHECK_THAT(refuse([](auto& b) { b.instances = 0; }), Catch::Contains("instance rows"));
  CHECK_THAT(refuse([](auto& b) { b.instances = 4; }), Catch::Contains("instance rows"));
  CHECK_THAT(refuse([](auto& b) { b.latents = at::Tensor(); }), Catch::Contains("latents"));
  CHECK_THAT(refuse([](auto& b) { b.noise = b.noise.narrow(0, 0, 2); }), Catch::Contains("noise"));
  CHECK_THAT(refuse([](auto& b) { b.timesteps = b.timesteps.narrow(0, 0, 2); }),
             Catch::Contains("timestep"));
  CHECK_THAT(refuse([](auto& b) { b.context = b.context.narrow(0, 0, 2); }),
             Catch::Contains("context"));
}

TEST_CASE("a text encoder that is trained too learns, and its weights are in the checkpoint") {
  const TemporaryFolder folder;
  const auto train = [&](int from, int to, bool load) {
    UNet unet(tiny_model());
    diffusion::TextEncoder text(tiny_model());
    const auto before = text.encode(at::zeros({1, 6}, at::kLong));
    DreamBooth training(unet, NoiseSchedule(tiny_model()), {.learning_rate = 1e-3}, &text);
    if (load) training.load_checkpoint(folder.path());
    for (int step = from; step < to; ++step) {
      auto batch = batch_from(step);
      batch.context = at::Tensor();
      batch.ids = at::zeros({3, 6}, at::kLong);
      batch.ids[2].fill_(7);
      training.step(batch);
      if (step == 1) training.save_checkpoint(folder.path());
    }
    const auto after = text.encode(at::zeros({1, 6}, at::kLong)).detach();
    CHECK_FALSE(after.equal(before));
    return after;
  };
  const auto unbroken = train(0, 4, false);
  CHECK(train(2, 4, true).equal(unbroken));
}

TEST_CASE("training a text encoder needs token ids for every latent") {
  UNet unet(tiny_model());
  diffusion::TextEncoder text(tiny_model());
  DreamBooth training(unet, NoiseSchedule(tiny_model()), {}, &text);
  CHECK_THAT(error_of([&] { training.step(batch_from(0)); }), Catch::Contains("token ids"));
}
