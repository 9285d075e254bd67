#include "tests/catch_torch.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>

#include <cmath>
#include <functional>
#include <memory>

#include "diffusion/formats/safetensors.h"
#include "diffusion/networks/adapter_file.h"
#include "diffusion/training/checkpoint.h"
#include "diffusion/training/dreambooth.h"
#include "diffusion_fixtures.h"

using diffusion::AdapterOptions;
using diffusion::DreamBooth;
using diffusion::LoraTargets;
using diffusion::NoiseSchedule;
using diffusion::TextEncoder;
using diffusion::TrainOptions;
using diffusion::UNet;

namespace {

constexpr double kRate = 1e-3;

TrainOptions with_lora(double dropout = 0) {
  TrainOptions options{.learning_rate = kRate, .epsilon = 1e-3};
  options.adapter = AdapterOptions{
      .rank = 3, .alpha = 6, .dropout = dropout, .targets = LoraTargets::all, .seed = 11};
  return options;
}

TrainOptions every_option(double dropout) {
  auto options = with_lora(dropout);
  options.lr_schedule = {"cosine", 2, 6};
  options.gradient_accumulation_steps = 2;
  options.gradient_checkpointing = true;
  options.bf16 = true;
  options.snr_gamma = 5;
  options.ema_decay = 0.5;
  return options;
}

using Tensors = std::vector<at::Tensor>;

struct Run {
  explicit Run(const TrainOptions& options, bool with_text = true)
      : unet(tiny_model()),
        text(tiny_model()),
        training(std::make_unique<DreamBooth>(unet, NoiseSchedule(tiny_model()), options,
                                              with_text ? &text : nullptr)) {}

  diffusion::StepResult steps(int from, int to) {
    diffusion::StepResult last;
    for (int step = from; step < to; ++step) last = training->step(four_rows(step));
    return last;
  }
  Tensors factors() const {
    Tensors copies;
    for (const auto& [name, factor] : training->weights()) {
      copies.push_back(factor.detach().clone());
    }
    return copies;
  }
  Tensors averages() {
    const DreamBooth::Averaged averaged(*training);
    return factors();
  }
  at::Tensor draw() const {
    const at::NoGradGuard no_gradients;
    const auto batch = four_rows(99);
    return unet.forward(batch.latents, batch.timesteps, text.encode(batch.ids));
  }

  UNet unet;
  TextEncoder text;
  std::unique_ptr<DreamBooth> training;
};

bool same_bits(const Tensors& a, const Tensors& b) {
  bool same = a.size() == b.size();
  for (std::size_t i = 0; same && i < a.size(); ++i) same = a[i].equal(b[i]);
  return same;
}

double largest_difference(const Tensors& a, const Tensors& b) {
  REQUIRE(a.size() == b.size());
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    largest = std::max(largest, (a[i] - b[i]).abs().max().item<double>());
  }
  return largest;
}

}  // namespace

TEST_CASE("a LoRA learns a batch, and the networks' own weights stay and take nothing") {
  Run run(with_lora());
  const UNet before(tiny_model());
  const auto first = run.training->step(four_rows(1));
  for (int i = 0; i < 40; ++i) run.training->step(four_rows(1));
  CHECK(run.training->step(four_rows(1)).loss < 0.9 * first.loss);
  for (std::size_t i = 0; i < before.named_parameters().size(); ++i) {
    const auto& [name, weight] = run.unet.named_parameters()[i];
    CAPTURE(name);
    CHECK(weight.equal(before.named_parameters()[i].second));
    CHECK_FALSE(weight.requires_grad());
    CHECK_FALSE(weight.grad().defined());
  }
  for (const auto& [name, weight] : run.text.named_parameters())
    CHECK_FALSE(weight.grad().defined());
}

TEST_CASE("a LoRA's checkpoint has factors and their moments, and nothing else") {
  const TemporaryFolder folder;
  const bool with_text = GENERATE(false, true);
  Run run(with_lora(), with_text);
  run.steps(0, 1);
  run.training->save_checkpoint(folder.path());
  const diffusion::SafetensorsFile file(folder / diffusion::kCheckpointFile);
  CHECK(file.names().size() == 3 * 2 * run.training->adapter()->size());
  CHECK(file.contains("exp_avg.unet.mid_block.attentions.0.proj_in.up"));
  CHECK(file.contains("weight.text_encoder.encoder.layers.0.mlp.fc1.down") == with_text);
}

TEST_CASE("without its LoRA a network is as it was, bit for bit") {
  Run run(with_lora());
  const auto picture = Run(with_lora()).draw();
  CHECK(run.draw().equal(picture));  // that of a LoRA that adds nothing yet
  run.steps(0, 3);
  CHECK_FALSE(run.draw().equal(picture));
  run.training.reset();
  CHECK(run.draw().equal(picture));
}

TEST_CASE("a LoRA that was trained draws the same from its file") {
  const TemporaryFolder folder;
  Run run(with_lora());
  run.steps(0, 3);
  diffusion::save_adapter(folder / "lora.safetensors", *run.training->adapter(), {},
                          diffusion::LoraFormat::kohya, at::kFloat);
  const Run fresh(with_lora());
  const auto layers = diffusion::adaptable_layers(fresh.unet, &fresh.text);
  const diffusion::Adapted adapted(
      layers,
      diffusion::load_adapter(folder / "lora.safetensors", diffusion::lora_layers(tiny_model())));
  CHECK(fresh.draw().allclose(run.draw(), 1e-5, 1e-6));
}

TEST_CASE("a batch taken in parts, or computed again, moves a LoRA as it does whole") {
  const bool with_text = GENERATE(false, true);
  auto parted = with_lora(), computed_again = with_lora();
  parted.gradient_accumulation_steps = 2;
  computed_again.gradient_checkpointing = true;
  Run whole(with_lora(), with_text), parts(parted, with_text), again(computed_again, with_text);
  const auto before = whole.factors();
  const auto loss = whole.steps(0, 3).loss;
  CHECK(parts.steps(0, 3).loss == Approx(loss).epsilon(1e-5));
  CHECK(again.steps(0, 3).loss == Approx(loss).epsilon(1e-5));
  CHECK(largest_difference(whole.factors(), parts.factors()) < 1e-3 * kRate);
  CHECK(largest_difference(whole.factors(), again.factors()) < 1e-3 * kRate);
  CHECK(largest_difference(whole.factors(), before) > 1e-1 * kRate);
}

TEST_CASE("a LoRA of attention alone learns with gradient checkpointing") {
  // Its first layers stand behind inputs that need no gradient.
  auto kept = with_lora(), computed_again = with_lora();
  kept.adapter->targets = computed_again.adapter->targets = LoraTargets::attention;
  computed_again.gradient_checkpointing = true;
  Run one(kept, false), other(computed_again, false);
  CHECK(other.steps(0, 2).grad_norm == Approx(one.steps(0, 2).grad_norm).epsilon(1e-5));
  CHECK(largest_difference(one.factors(), other.factors()) < 1e-3 * kRate);
}

TEST_CASE("with every option a LoRA that goes on is bit-equal to one that was not interrupted") {
  const double dropout = GENERATE(0.0, 0.3);
  const bool with_text = GENERATE(false, true);
  const TemporaryFolder folder;
  Run whole(every_option(dropout), with_text), resumed(every_option(dropout), with_text);
  whole.steps(0, 3);
  whole.training->save_checkpoint(folder.path());
  whole.steps(3, 6);
  CHECK(resumed.training->load_checkpoint(folder.path()) == 3);
  resumed.steps(3, 6);
  CHECK(same_bits(resumed.factors(), whole.factors()));
  CHECK(same_bits(resumed.averages(), whole.averages()));
  CHECK_FALSE(same_bits(whole.averages(), whole.factors()));
}

TEST_CASE("a LoRA's checkpoint does not go on under other settings") {
  const TemporaryFolder folder;
  Run run(with_lora(0.3));
  run.training->save_checkpoint(folder.path());
  const auto refused = [&](const std::function<void(AdapterOptions&)>& change) {
    auto options = with_lora(0.3);
    change(*options.adapter);
    Run other(options);
    return error_of([&] { other.training->load_checkpoint(folder.path()); });
  };
  CHECK_THAT(refused([](auto& o) { o.rank = 2; }), Catch::Contains("lora_rank 3"));
  CHECK_THAT(refused([](auto& o) { o.alpha = 1; }), Catch::Contains("lora_alpha 6"));
  CHECK_THAT(refused([](auto& o) { o.dropout = 0; }), Catch::Contains("lora_dropout 0.3"));
  CHECK_THAT(refused([](auto& o) { o.targets = LoraTargets::linear; }),
             Catch::Contains("lora_targets all"));
  CHECK_THAT(refused([](auto& o) { o.seed = 1; }), Catch::Contains("lora_seed 11"));
  auto full = with_lora();
  full.adapter.reset();
  Run other(full);
  CHECK_THAT(error_of([&] { other.training->load_checkpoint(folder.path()); }),
             Catch::Contains("of another model"));
}

TEST_CASE("dropout changes a step, the same way when the step is computed again") {
  auto again = with_lora(0.3), other_seed = with_lora(0.3);
  again.gradient_checkpointing = true;
  other_seed.adapter->seed = 12;
  Run none(with_lora()), one(with_lora(0.3)), recomputed(again), another(other_seed);
  // In the first step `up` is 0, and hides what goes into it.
  const auto loss = one.steps(0, 3).loss;
  CHECK(recomputed.steps(0, 3).loss == Approx(loss).epsilon(1e-6));
  CHECK(largest_difference(one.factors(), recomputed.factors()) < 1e-3 * kRate);
  CHECK(std::abs(none.steps(0, 3).loss - loss) > 1e-6);
  CHECK(std::abs(another.steps(0, 3).loss - loss) > 1e-6);
  CHECK(one.draw().equal(one.draw()));
}

TEST_CASE("frozen weights may lie in bfloat16 while a LoRA of float32 trains") {
  auto in_bf16 = with_lora();
  in_bf16.bf16 = true;
  Run whole(with_lora(), false), half(in_bf16, false);
  half.unet.compute_in(at::kBFloat16);
  const auto before = half.factors();
  CHECK(half.steps(0, 5).loss == Approx(whole.steps(0, 5).loss).epsilon(2e-2));
  CHECK(half.training->weights().front().second.scalar_type() == at::kFloat);
  CHECK(largest_difference(half.factors(), before) > 1e-1 * kRate);
  CHECK(half.draw().isfinite().all().item<bool>());
}

TEST_CASE("a rank or an alpha out of range is refused before anything trains") {
  auto options = with_lora();
  options.adapter->rank = 0;
  CHECK_THAT(error_of([&] { Run refused(options); }), Catch::Contains("rank 0"));
  options = with_lora();
  options.adapter->alpha = std::nan("");
  CHECK_THAT(error_of([&] { Run refused(options); }), Catch::Contains("alpha"));
}
