#include "tests/catch_torch.h"

#include "diffusion/networks/adapter.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/zeros.h>

#include <cmath>
#include <limits>

#include "diffusion/networks/autocast.h"
#include "diffusion/networks/text_encoder.h"
#include "diffusion/networks/unet.h"
#include "diffusion_fixtures.h"

using namespace diffusion;

namespace {

struct Networks {
  explicit Networks(const std::filesystem::path& model = tiny_model())
      : unet(model, at::kCPU), text(model, at::kCPU), layers(adaptable_layers(unet, &text)) {}

  at::Tensor draw() const {
    const at::NoGradGuard no_gradients;
    const auto width = unet.context_dim();
    const auto batch = batch_from(1);
    return unet.forward(batch.latents, batch.timesteps, batch.context.narrow(2, 0, width));
  }
  at::Tensor embed() const {
    const at::NoGradGuard no_gradients;
    return text.encode(at::ones({1, 5}, at::kLong));
  }

  UNet unet;
  TextEncoder text;
  std::vector<AdaptableLayer> layers;
};

// An adapter that does something.
Adapter active_adapter(const Networks& networks, LoraTargets targets, std::uint64_t seed = 1) {
  auto adapter =
      draw_adapter(networks.layers, {.rank = 3, .alpha = 2, .targets = targets, .seed = seed});
  for (const auto& [name, factors] : adapter) factors.up.fill_(0.2);
  return adapter;
}

double difference(const at::Tensor& a, const at::Tensor& b) {
  return (a - b).abs().max().item<double>();
}

constexpr double kEffect = 1e-2;  // what an adapter changes is far over kRounding
constexpr double kRounding = 2e-6;

}  // namespace

TEST_CASE("an adapter changes what is drawn as adding it to the weights does") {
  const auto model = GENERATE(tiny_model(), old_tiny_model());  // linear and convolved projections
  const auto targets = GENERATE(LoraTargets::attention, LoraTargets::linear, LoraTargets::all);
  const Networks adapted(model), merged(model);
  const auto picture = adapted.draw(), words = adapted.embed();
  const auto adapter = active_adapter(adapted, targets);
  const Adapted terms(adapted.layers, adapter, 0.7);
  merge(merged.layers, adapter, 0.7);
  CHECK(difference(adapted.draw(), merged.draw()) < kRounding);
  CHECK(difference(adapted.embed(), merged.embed()) < kRounding);
  CHECK(difference(adapted.draw(), picture) > kEffect);
  CHECK(difference(adapted.embed(), words) > kEffect);
}

TEST_CASE("several adapters add up, each with its weight, and go in any order") {
  const Networks adapted, merged;
  const auto picture = adapted.draw();
  const auto one = active_adapter(adapted, LoraTargets::attention, 1);
  const auto other = active_adapter(adapted, LoraTargets::all, 2);
  merge(merged.layers, other, -0.5);
  {
    const Adapted second(adapted.layers, other, -0.5);
    auto first = std::make_unique<Adapted>(adapted.layers, one, 0.25);
    const auto third = std::make_unique<Adapted>(adapted.layers, one, 0.25);
    CHECK(difference(adapted.draw(), merged.draw()) > kEffect);
    first.reset();
    merge(merged.layers, one, 0.25);
    CHECK(difference(adapted.draw(), merged.draw()) < kRounding);
  }
  CHECK(adapted.draw().equal(picture));
}

TEST_CASE("a new adapter adds nothing, and follows from its seed alone") {
  const Networks networks;
  const auto picture = networks.draw();
  const AdapterOptions options{.rank = 4, .targets = LoraTargets::all, .seed = 7};
  const auto adapter = draw_adapter(networks.layers, options);
  const Adapted terms(networks.layers, adapter);
  CHECK(networks.draw().equal(picture));
  auto fewer = options, others = options;
  fewer.targets = LoraTargets::attention;
  others.seed = 8;
  const auto unet_alone = draw_adapter(adaptable_layers(networks.unet, nullptr), fewer);
  const auto drawn_anew = draw_adapter(networks.layers, others);
  for (const auto& [name, factors] : unet_alone) {
    CAPTURE(name);
    CHECK(factors.down.equal(adapter.at(name).down));
    CHECK_FALSE(factors.down.equal(drawn_anew.at(name).down));
  }
}

TEST_CASE("the factors at the start are spread as peft and sd-scripts spread them") {
  const Networks networks;
  for (const auto& [name, factors] :
       draw_adapter(networks.layers, {.rank = 16, .targets = LoraTargets::all})) {
    CAPTURE(name);
    const double fan_in = factors.down[0].numel(), bound = 1 / std::sqrt(fan_in);
    CHECK(factors.down.abs().max().item<double>() <= bound);
    CHECK(factors.down.std().item<double>() == Approx(bound / std::sqrt(3)).epsilon(0.12));
    CHECK(std::abs(factors.down.mean().item<double>()) < 0.25 * bound);
    CHECK(factors.up.eq(0).all().item<bool>());
    CHECK(factors.scale() == 0.5);
  }
}

TEST_CASE("options out of range are refused, and at their limits taken") {
  const Networks networks;
  const auto refused = [&](AdapterOptions options) {
    return error_of([&] { draw_adapter(networks.layers, options); });
  };
  CHECK_THAT(refused({.rank = 0}), Catch::Contains("rank 0") && Catch::Contains("from 1 to 1024"));
  CHECK_THAT(refused({.rank = kMaxLoraRank + 1}), Catch::Contains("rank 1025"));
  CHECK_THAT(refused({.rank = 1'000'000}), Catch::Contains("rank 1000000"));
  constexpr double kNan = std::numeric_limits<double>::quiet_NaN();
  for (const double alpha : {kNan, 0.0, -1.0, kMaxLoraAlpha * 1.001}) {
    CHECK_THAT(refused({.alpha = alpha}), Catch::Contains("alpha must be"));
  }
  for (const double dropout : {kNan, -0.1, 1.0}) {
    CHECK_THAT(refused({.dropout = dropout}), Catch::Contains("dropout must be"));
  }
  CHECK_NOTHROW(
      draw_adapter(networks.layers, {.rank = 1, .alpha = kMaxLoraAlpha, .dropout = 0.99}));
  CHECK_NOTHROW(
      draw_adapter({networks.layers[5]}, {.rank = kMaxLoraRank, .targets = LoraTargets::all}));
  CHECK_THAT(error_of([&] { draw_adapter({}, {}); }), Catch::Contains("\"linear\""));
}

TEST_CASE("an adapter that does not fit is refused by the layer's name and adds nothing") {
  const Networks networks, old(old_tiny_model());
  const auto picture = networks.draw();
  auto adapter = active_adapter(networks, LoraTargets::attention);
  const auto refused = [&](double weight) {
    return error_of([&] { Adapted(networks.layers, adapter, weight); });
  };
  CHECK_THAT(refused(1e9), Catch::Contains("from -100 to 100"));
  CHECK_THAT(refused(std::nan("")), Catch::Contains("from -100 to 100"));
  CHECK_NOTHROW(Adapted(networks.layers, adapter, -kMaxAdapterWeight));
  CHECK_THAT(error_of([&] { Adapted(old.layers, adapter, 1); }),
             Catch::Contains("text_encoder.encoder.layers.0.self_attn.k_proj") &&
                 Catch::Contains("[3, 24]") && Catch::Contains("[3, 16]") &&
                 Catch::Contains("the model that it was made for"));
  adapter["unet.up_blocks.7.conv"] = adapter.begin()->second;
  CHECK_THAT(refused(1), Catch::Contains("unet.up_blocks.7.conv, which the model has not"));
  CHECK(networks.draw().equal(picture));
}

TEST_CASE("a network in a smaller type computes with factors of float32") {
  Networks whole, half;
  const auto adapter = active_adapter(whole, LoraTargets::all);
  half.unet.compute_in(at::kBFloat16);
  const auto picture = half.draw();
  const Adapted one(whole.layers, adapter), other(half.layers, adapter);
  CHECK(difference(half.draw(), whole.draw()) < 0.1 * difference(picture, whole.draw()));
  const Autocast autocast(true, at::kCPU);
  CHECK(difference(half.draw(), whole.draw()) < 0.1 * difference(picture, whole.draw()));
}

TEST_CASE("dropout zeroes its share of the inputs, the same ones for the same pass and layer") {
  InputDropout dropout{.share = 0.25, .seed = 3};
  const auto x = at::ones({100, 100});
  CHECK(dropout(x, 0).equal(x));
  dropout.training = true;
  const auto dropped = dropout(x, 0);
  CHECK(dropped.eq(0).to(at::kFloat).mean().item<double>() == Approx(0.25).margin(0.02));
  CHECK(dropped.masked_select(dropped.ne(0)).allclose(at::ones({1}) / 0.75));
  CHECK(dropout(x, 0).equal(dropped));
  CHECK_FALSE(dropout(x, 1).equal(dropped));
  dropout.pass = 1;
  CHECK_FALSE(dropout(x, 0).equal(dropped));
  dropout = {.share = 0.25, .seed = 4, .training = true};
  CHECK_FALSE(dropout(x, 0).equal(dropped));
}
