#include "tests/catch_torch.h"

#include "diffusion/networks/device_graph.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/zeros.h>

#include <string>

#include "diffusion/formats/diffusion_error.h"
#include "diffusion/training/sample.h"
#include "diffusion_fixtures.h"
#include "recording_graph.h"

using diffusion::DeviceGraph;

namespace {

at::Tensor filled(double value, std::int64_t size = 3) {
  return at::full({size}, value);
}

struct Sum {
  DeviceGraph graph{[this](const std::vector<at::Tensor>& in) {
                      ++computed;
                      return in[0] + in[1];
                    },
                    at::kCPU};
  int computed = 0;
};

diffusion::TrainOptions options_of(bool graph) {
  diffusion::TrainOptions options;
  options.learning_rate = 1e-3;
  options.graph = graph;
  return options;
}

// Some steps of a training, and where they lead.
struct Steps {
  explicit Steps(diffusion::TrainOptions options, bool with_text_encoder = false)
      : text_encoder(tiny_model()),
        training(unet, diffusion::NoiseSchedule(tiny_model()), options,
                 with_text_encoder ? &text_encoder : nullptr) {}

  void take(int count) {
    for (int step = 0; step < count; ++step) {
      auto batch = batch_from(step);
      batch.ids = at::full({batch.latents.size(0), 6}, step, at::kLong);
      batch.ids.narrow(0, 0, 1).fill_(7);
      results.push_back(training.step(batch));
    }
  }

  diffusion::UNet unet{tiny_model()};
  diffusion::TextEncoder text_encoder;
  diffusion::DreamBooth training;
  std::vector<diffusion::StepResult> results;
};

void check_equal(const Steps& a, const Steps& b) {
  REQUIRE(a.results.size() == b.results.size());
  for (std::size_t i = 0; i < a.results.size(); ++i) {
    CHECK(a.results[i].loss == b.results[i].loss);
    CHECK(a.results[i].instance_loss == b.results[i].instance_loss);
    CHECK(a.results[i].prior_loss == b.results[i].prior_loss);
    CHECK(a.results[i].grad_norm == b.results[i].grad_norm);
  }
  const auto &of_a = a.training.weights(), &of_b = b.training.weights();
  for (std::size_t i = 0; i < of_a.size(); ++i) CHECK(of_a[i].second.equal(of_b[i].second));
}

constexpr int kSteps = DeviceGraph::kWarmUpCalls + 4;

}  // namespace

TEST_CASE("work is recorded once, after it has warmed up, and then replayed on new inputs") {
  REQUIRE(DeviceGraph::is_possible(at::kCPU));
  take_recordings();
  Sum sum;
  for (int call = 0; call < DeviceGraph::kWarmUpCalls; ++call) {
    CHECK(sum.graph({filled(call), filled(2)}).equal(filled(call + 2)));
  }
  CHECK(take_recordings().made == 0);
  CHECK(sum.graph({filled(10), filled(20)}).equal(filled(30)));
  CHECK(sum.graph({filled(5), filled(-5)}).equal(filled(0)));
  const auto recordings = take_recordings();
  CHECK(recordings.made == 1);
  CHECK(recordings.replayed == 2);
  CHECK(sum.computed == DeviceGraph::kWarmUpCalls + 1);
}

TEST_CASE(
    "the caller's tensors are not those that a recording reads, and the next call overwrites "
    "the result") {
  Sum sum;
  auto first = filled(1);
  for (int call = 0; call < DeviceGraph::kWarmUpCalls; ++call) sum.graph({first, first});
  const auto result = sum.graph({first, filled(2)});
  CHECK(result.equal(filled(3)));
  first.fill_(100);
  sum.graph({filled(4), filled(4)});
  CHECK(result.equal(filled(8)));
}

TEST_CASE("work that changes tensors of its own does so once a call") {
  auto total = at::zeros({3});
  DeviceGraph graph{[&](const std::vector<at::Tensor>& in) { return total.add_(in[0]).clone(); },
                    at::kCPU};
  for (int call = 1; call <= kSteps; ++call) CHECK(graph({filled(1)}).equal(filled(call)));
  CHECK(total.equal(filled(kSteps)));
}

TEST_CASE("a recording refuses inputs of other sizes, types or number") {
  Sum sum;
  for (int call = 0; call <= DeviceGraph::kWarmUpCalls; ++call) {
    sum.graph({filled(1), filled(2)});
    CHECK_THROWS_AS(sum.graph({filled(1, 4), filled(2, 4)}), diffusion::Error);
    CHECK_THROWS_AS(sum.graph({filled(1).to(at::kDouble), filled(2)}), diffusion::Error);
    CHECK_THROWS_AS(sum.graph({filled(1)}), diffusion::Error);
  }
  CHECK(sum.graph({filled(1), filled(1)}).equal(filled(2)));
}

TEST_CASE("latents sampled by a recorded network are those sampled without") {
  const diffusion::UNet unet{tiny_model()};
  const auto config = diffusion::SchedulerConfig::from_model_folder(tiny_model());
  const auto batch = batch_from(1);
  const auto cond = batch.context.narrow(0, 0, 1), uncond = batch.context.narrow(0, 1, 1);
  for (const double guidance : {1.0, 3.0}) {
    const auto run = [&](bool graph) {
      return sample_latents(unet, config, batch.noise, cond, uncond, {8, guidance, graph});
    };
    take_recordings();
    const auto expected = run(false);
    CHECK(take_recordings().made == 0);
    CHECK(run(true).equal(expected));
    CHECK(take_recordings().replayed == 8 - DeviceGraph::kWarmUpCalls);
  }
}

TEST_CASE("recorded training steps are those computed one by one") {
  auto options = options_of(false);
  options.ema_decay = 0.9;
  SECTION("constant learning rate") {}
  SECTION("a schedule that changes it from step to step") {
    options.lr_schedule = {"cosine", 2, kSteps};
  }
  SECTION("min-SNR") {
    options.snr_gamma = 5;
  }
  SECTION("gradient checkpointing") {
    options.gradient_checkpointing = true;
  }
  SECTION("bfloat16") {
    options.bf16 = true;
  }
  Steps plain(options);
  plain.take(kSteps);
  take_recordings();
  options.graph = true;
  Steps recorded(options);
  recorded.take(kSteps);
  CHECK(take_recordings().replayed == kSteps - DeviceGraph::kWarmUpCalls);
  check_equal(recorded, plain);
}

TEST_CASE("recorded steps train the text encoder too, each row's prompt for itself") {
  Steps plain(options_of(false), true), recorded(options_of(true), true);
  plain.take(kSteps);
  recorded.take(kSteps);
  for (std::size_t i = 0; i < plain.results.size(); ++i) {
    CHECK(recorded.results[i].loss == Approx(plain.results[i].loss).epsilon(1e-4));
  }
}

TEST_CASE("a recorded step whose loss is not finite changes nothing, and the next one is right") {
  Steps plain(options_of(false)), recorded(options_of(true));
  plain.take(kSteps);
  recorded.take(kSteps);
  auto damaged = batch_from(1);
  damaged.latents.fill_(std::numeric_limits<float>::infinity());
  CHECK_THAT(error_of([&] { recorded.training.step(damaged); }), Catch::Contains("the loss"));
  plain.take(2);
  recorded.take(2);
  check_equal(recorded, plain);
}

TEST_CASE("a recorded step refuses a batch of other rows") {
  Steps steps(options_of(true));
  steps.take(kSteps);
  auto batch = batch_from(1);
  batch.instances = 1;
  CHECK_THAT(error_of([&] { steps.training.step(batch); }), Catch::Contains("instance rows"));
  steps.take(1);
}
