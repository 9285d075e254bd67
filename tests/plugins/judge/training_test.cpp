#include "tests/catch_torch.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>

#include <memory>

#include "base_training/trainer_judge.h"
#include "diffusion/judge/judge_network.h"
#include "executor/error.h"
#include "judge_fixture.h"
#include "schemas/base_training.h"
#include "tests/fakes.h"

namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kSide = 16, kPictures = 8;

/// Dark cats and light dogs.
schemas::Message captioned(std::int64_t step) {
  schemas::Captioned batch{.step = step, .side_px = kSide, .captions = {}, .labels = {}};
  std::string bytes;
  for (std::int64_t i = 0; i < kPictures; ++i) {
    const bool light = (i + step) % 3 == 0;
    bytes.append(kSide * kSide * 3, static_cast<char>((light ? 190 : 10) + 5 * i));
    batch.captions.emplace_back(light ? "a dog" : "a cat");
    batch.labels.push_back({.picture = light, .category = light, .style = 0, .background = -1});
  }
  auto message = schemas::Message::of(batch, {schemas::Blob(std::move(bytes))});
  message.job = "job-1";
  return message;
}

schemas::Message begin(std::int64_t steps, std::int64_t from_step = 0) {
  schemas::BaseTraining training;
  training.settings.max_train_steps = steps;
  training.settings.from_step = from_step;
  training.settings.lr_warmup_steps = 1;
  training.settings.learning_rate = 3e-3;
  training.settings.checkpointing_steps = 2;
  training.settings.ema_decay = 0.5;
  training.words = {{"cat", "dog"}, {"cartoon"}, {"white"}, 2};
  auto message = schemas::Message::of(training);
  message.job = "job-1";
  return message;
}

std::unique_ptr<base_training::TrainerJudge> make(const fs::path& model, const fs::path& out) {
  return std::make_unique<base_training::TrainerJudge>(executor::Setup{
      .params = {base_training::part_params(), {{"model", model.string()}, {"out", out.string()}}},
      .name = "trainer_judge",
      .home = out,
      .loading = [](const std::string&) {}});
}

}  // namespace

TEST_CASE("a judge learns to tell two categories apart, and is written with the corpus' words") {
  const tests::JudgeFolder folder;
  const auto trainer = make(folder.path, folder.path / "out");
  tests::RecordingOutbox out;
  trainer->process(begin(40), out);
  for (std::int64_t step = 0; step < 40; ++step) trainer->process(captioned(step), out);
  REQUIRE(out.sent.size() == 1);
  CHECK(out.sent[0].as<schemas::BaseTrained>().steps == 40);
  const diffusion::JudgeNetwork network(folder.path / "out/judge", at::kCPU);
  CHECK(network.words().categories == std::vector<std::string>{"cat", "dog"});
  const auto pixels = at::tensor({-0.8F, 0.7F}).reshape({2, 1, 1, 1}).expand({2, 3, kSide, kSide});
  const auto seen = network(pixels);
  CHECK(seen.categories.argmax(1).equal(at::tensor({0, 1}, at::kLong)));
}

TEST_CASE("a judge that goes on from its checkpoint ends with the weights of the unbroken one") {
  const tests::JudgeFolder folder;
  tests::RecordingOutbox out;
  const auto unbroken = make(folder.path, folder.path / "a");
  unbroken->process(begin(4), out);
  for (std::int64_t step = 0; step < 4; ++step) unbroken->process(captioned(step), out);
  const auto stopped = make(folder.path, folder.path / "b");
  stopped->process(begin(4), out);
  for (std::int64_t step = 0; step < 3; ++step) stopped->process(captioned(step), out);
  const auto resumed = make(folder.path, folder.path / "b");
  resumed->process(begin(4, 2), out);
  for (std::int64_t step = 2; step < 4; ++step) resumed->process(captioned(step), out);
  const diffusion::JudgeNetwork one(folder.path / "a/judge", at::kCPU),
      two(folder.path / "b/judge", at::kCPU);
  for (std::size_t i = 0; i < one.named_parameters().size(); ++i) {
    CHECK(one.named_parameters()[i].second.equal(two.named_parameters()[i].second));
  }
}

TEST_CASE("pictures without labels are refused, and so is a second training beside the first") {
  const tests::JudgeFolder folder;
  const auto trainer = make(folder.path, folder.path / "out");
  tests::RecordingOutbox out;
  trainer->process(begin(4), out);
  CHECK_THROWS_AS(trainer->process(begin(4), out), executor::Error);
  const auto whole = captioned(0);
  auto batch = whole.as<schemas::Captioned>();
  batch.labels.clear();
  CHECK_THROWS_AS(trainer->process(schemas::Message::of(batch, whole.blobs), out), executor::Error);
  trainer->ended("job-1", executor::Outcome::cancelled);
  CHECK_NOTHROW(trainer->process(begin(4), out));
}
