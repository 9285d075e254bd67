#include "tests/catch_torch.h"

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>

#include <cstdlib>
#include <memory>

#include "base_training/latent_pool.h"
#include "base_training/trainer_base.h"
#include "base_training/trainer_text.h"
#include "base_training/trainer_vae.h"
#include "diffusion/networks/text_encoder.h"
#include "diffusion/networks/unet.h"
#include "diffusion/networks/vae.h"
#include "diffusion/training/model_folder.h"
#include "executor/error.h"
#include "executor/files/temporary_folder.h"
#include "schemas/base_training.h"
#include "tests/fakes.h"

namespace fs = std::filesystem;

namespace {

constexpr std::int64_t kSide = 16, kPictures = 2;

template <typename Trainer>
std::unique_ptr<Trainer> make(const std::vector<executor::Param>& params, const fs::path& out) {
  return std::make_unique<Trainer>(executor::Setup{
      .params = {params, {{"model", std::string(TINY_MODEL)}, {"out", out.string()}}},
      .name = "trainer",
      .home = out,
      .loading = [](const std::string&) {}});
}

// A dark picture and a bright one.
schemas::Message captioned(std::int64_t step) {
  std::string bytes(kPictures * kSide * kSide * 3, '\0');
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    const auto grain = (i * 7 + static_cast<std::size_t>(step) * 31) % 51;
    bytes[i] = static_cast<char>(i < bytes.size() / 2 ? grain : 200 + grain);
  }
  auto message = schemas::Message::of(
      schemas::Captioned{.step = step, .side_px = kSide, .captions = {"a dog", ""}},
      {schemas::Blob(std::move(bytes))});
  message.job = "job-1";
  return message;
}

schemas::TrainBase settings_of(std::int64_t steps) {
  schemas::TrainBase settings;
  settings.max_train_steps = steps;
  settings.train_batch_size = 3;
  settings.pictures_per_step = kPictures;
  settings.pool_steps = 2;
  settings.lr_warmup_steps = 1;
  settings.seed = 4;
  settings.checkpointing_steps = 2;
  settings.validation_steps = 2;
  settings.validation_prompts = {"a dog", "a cat"};
  settings.num_inference_steps = 2;
  return settings;
}

schemas::Message begin(const schemas::TrainBase& settings) {
  auto message = schemas::Message::of(schemas::BaseTraining{settings});
  message.job = "job-1";
  return message;
}

std::vector<at::Tensor> weights_of(const diffusion::TextEncoder& text) {
  std::vector<at::Tensor> weights;
  for (const auto& [name, weight] : text.named_parameters()) weights.push_back(weight);
  return weights;
}

std::vector<at::Tensor> weights_in(const fs::path& model) {
  const diffusion::UNet unet(model);
  auto weights = weights_of(diffusion::TextEncoder(model));
  for (const auto& [name, weight] : unet.named_parameters()) weights.push_back(weight);
  return weights;
}

bool same_bits(const std::vector<at::Tensor>& a, const std::vector<at::Tensor>& b) {
  bool same = a.size() == b.size();
  for (std::size_t i = 0; same && i < a.size(); ++i) same = a[i].equal(b[i]);
  return same;
}

}  // namespace

TEST_CASE("a base model is trained, sampled on the way, and written as a complete folder") {
  const files::TemporaryFolder folder;
  const auto trainer =
      make<base_training::TrainerBase>(base_training::base_params(), folder.path() / "model");
  tests::RecordingOutbox out;
  trainer->process(begin(settings_of(4)), out);
  for (std::int64_t step = 0; step < 4; ++step) trainer->process(captioned(step), out);
  REQUIRE(out.sent.size() == 1);
  CHECK(out.sent[0].as<schemas::BaseTrained>().steps == 4);
  CHECK(fs::exists(folder.path() / "model/samples/base-000002.png"));
  CHECK(fs::exists(folder.path() / "model/samples/base-000004.png"));
  CHECK_NOTHROW(diffusion::check_model_folder(folder.path() / "model"));
  CHECK(weights_in(folder.path() / "model").size() > 10);
}

TEST_CASE("a training that goes on from its checkpoint ends with the weights of the unbroken one") {
  const files::TemporaryFolder folder;
  tests::RecordingOutbox out;
  const auto unbroken =
      make<base_training::TrainerBase>(base_training::base_params(), folder.path() / "a");
  unbroken->process(begin(settings_of(4)), out);
  for (std::int64_t step = 0; step < 4; ++step) unbroken->process(captioned(step), out);

  const auto stopped =
      make<base_training::TrainerBase>(base_training::base_params(), folder.path() / "b");
  stopped->process(begin(settings_of(4)), out);
  for (std::int64_t step = 0; step < 3; ++step) stopped->process(captioned(step), out);
  const auto resumed =
      make<base_training::TrainerBase>(base_training::base_params(), folder.path() / "b");
  auto settings = settings_of(4);
  settings.from_step = 2;
  resumed->process(begin(settings), out);
  for (std::int64_t step = 1; step < 4; ++step) resumed->process(captioned(step), out);
  CHECK(same_bits(weights_in(folder.path() / "a"), weights_in(folder.path() / "b")));
}

TEST_CASE("a checkpoint of another step is refused with the right one") {
  const files::TemporaryFolder folder;
  tests::RecordingOutbox out;
  const auto trainer =
      make<base_training::TrainerBase>(base_training::base_params(), folder.path());
  trainer->process(begin(settings_of(4)), out);
  for (std::int64_t step = 0; step < 2; ++step) trainer->process(captioned(step), out);
  trainer->ended("job-1", executor::Outcome::cancelled);
  auto settings = settings_of(4);
  settings.from_step = 3;
  try {
    trainer->process(begin(settings), out);
    FAIL("accepted");
  } catch (const executor::Error& e) {
    CHECK(std::string(e.what()).find("the checkpoint is of step 2, not 3") != std::string::npos);
  }
}

TEST_CASE("a second training has to wait for the end of the first") {
  const files::TemporaryFolder folder;
  tests::RecordingOutbox out;
  const auto trainer = make<base_training::TrainerVae>(base_training::part_params(), folder.path());
  trainer->process(begin(settings_of(4)), out);
  CHECK_THROWS_AS(trainer->process(begin(settings_of(4)), out), executor::Error);
  trainer->ended("job-1", executor::Outcome::cancelled);
  CHECK_NOTHROW(trainer->process(begin(settings_of(4)), out));
}

TEST_CASE("a VAE is trained and written with the scaling factor of its latents") {
  const files::TemporaryFolder folder;
  const auto trainer = make<base_training::TrainerVae>(base_training::part_params(), folder.path());
  tests::RecordingOutbox out;
  auto settings = settings_of(3);
  settings.mixed_precision = "bf16";
  trainer->process(begin(settings), out);
  for (std::int64_t step = 0; step < 3; ++step) trainer->process(captioned(step), out);
  REQUIRE(out.sent.size() == 1);
  const diffusion::Vae vae(folder.path());
  CHECK(vae.scaling_factor() > 0);
  CHECK(vae.scaling_factor() != 0.18215);
  CHECK(fs::exists(folder.path() / "samples/vae-000002.png"));
}

TEST_CASE("a decoder is trained on while latents, scaling factor and encoder stay as they were") {
  const files::TemporaryFolder folder;
  const auto trainer = make<base_training::TrainerVae>(base_training::part_params(), folder.path());
  tests::RecordingOutbox out;
  auto settings = settings_of(3);
  trainer->process(begin(settings), out);
  for (std::int64_t step = 0; step < 3; ++step) trainer->process(captioned(step), out);
  trainer->ended("job-1", executor::Outcome::done);
  const diffusion::Vae before(folder.path());
  settings.decoder_only = true;
  settings.squared_weight = 0;
  trainer->process(begin(settings), out);
  for (std::int64_t step = 0; step < 3; ++step) trainer->process(captioned(step), out);
  const diffusion::Vae after(folder.path());
  CHECK(after.scaling_factor() == before.scaling_factor());
  CHECK(fs::exists(folder.path() / "samples/decoder-000002.png"));
  std::size_t changed = 0;
  for (std::size_t i = 0; i < before.named_parameters().size(); ++i) {
    const auto& [name, weight] = before.named_parameters()[i];
    const bool same = weight.equal(after.named_parameters()[i].second);
    if (name.starts_with("encoder.") || name.starts_with("quant_conv.")) CHECK(same);
    changed += !same;
  }
  CHECK(changed > 5);
}

TEST_CASE("a decoder without a VAE to go on from is refused") {
  const files::TemporaryFolder folder;
  const auto trainer = std::make_unique<base_training::TrainerVae>(executor::Setup{
      .params = {base_training::part_params(),
                 {{"model", folder.path().string()}, {"out", folder.path().string()}}},
      .name = "trainer",
      .home = folder.path(),
      .loading = [](const std::string&) {}});
  tests::RecordingOutbox out;
  auto settings = settings_of(3);
  settings.decoder_only = true;
  CHECK_THROWS_AS(trainer->process(begin(settings), out), executor::Error);
}

TEST_CASE(
    "a text encoder learns to tell its captions apart, and the base model takes it as it is") {
  const files::TemporaryFolder folder;
  tests::RecordingOutbox out;
  auto settings = settings_of(120);
  settings.train_batch_size = 4;
  settings.learning_rate = 1e-3;
  const auto text = make<base_training::TrainerText>(base_training::part_params(), folder.path());
  text->process(begin(settings), out);
  for (std::int64_t step = 0; step < 120; ++step) text->process(captioned(step), out);
  REQUIRE(out.sent.size() == 1);
  CHECK(out.sent[0].as<schemas::BaseTrained>().loss < 0.66);  // of two captions; ln 2 is chance

  const auto learned = weights_of(diffusion::TextEncoder(folder.path()));
  settings = settings_of(2);
  settings.train_text_encoder = false;
  const auto base = make<base_training::TrainerBase>(base_training::base_params(), folder.path());
  base->process(begin(settings), out);
  for (std::int64_t step = 0; step < 2; ++step) base->process(captioned(step), out);
  CHECK(same_bits(learned, weights_of(diffusion::TextEncoder(folder.path()))));
}

TEST_CASE("pictures of another size than announced, and unknown precisions, are refused") {
  const files::TemporaryFolder folder;
  const auto trainer = make<base_training::TrainerVae>(base_training::part_params(), folder.path());
  tests::RecordingOutbox out;
  auto settings = settings_of(3);
  settings.mixed_precision = "fp8";
  trainer->process(begin(settings), out);
  auto message = captioned(0);
  CHECK_THROWS_AS(trainer->process(message, out), executor::Error);
  message.blobs = {schemas::Blob("short")};
  CHECK_THROWS_AS(trainer->process(message, out), executor::Error);
}

TEST_CASE("a latent pool holds the last additions and gives all in order when that is asked for") {
  base_training::LatentPool pool(2);
  auto random = at::Generator();
  const auto rows = [](double value) { return at::full({2, 1, 1, 1}, value); };
  const auto ids = at::zeros({2, 3}, at::kLong);
  for (int step = 0; step < 3; ++step) pool.add(step, rows(step), ids);
  const auto all = pool.draw(4, random).latents.flatten();
  CHECK(all.equal(at::tensor({2.0F, 2.0F, 1.0F, 1.0F})));
}
