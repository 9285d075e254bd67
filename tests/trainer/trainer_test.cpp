#include "../catch_torch.h"

#include "trainer/trainer.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/TensorOperators.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/randint.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <fstream>
#include <iterator>

#include "../fakes.h"
#include "diffusion/model_folder.h"
#include "diffusion/text_encoder.h"
#include "models/version_folder.h"
#include "schemas/generate.h"
#include "tensors/tensors.h"

namespace fs = std::filesystem;

namespace {

constexpr const char* kJob = "job-1";

/// A trainer in a SOUVENIR_HOME of its own, and the messages of one job.
struct Bench {
  Bench() {
    std::string name = (fs::temp_directory_path() / "trainer-test-XXXXXX").string();
    REQUIRE(mkdtemp(name.data()) != nullptr);
    home = name;
    restart();
    settings.identifier = "sks";
    settings.base = "pretrained";
    settings.version = "dog-1";
    settings.instance_prompt = "a sks dog";
    settings.learning_rate = 1e-4;
    settings.max_train_steps = 3;
    settings.num_inference_steps = 2;
    settings.guidance_scale = 4;
    settings.seed = 11;
    out.answers["/picture"] = [](const schemas::Message& asked) {
      const auto latents = asked.as<schemas::Latents>();
      CHECK(tensors::read_f32(latents.tensors, asked, "latents", 4).sizes() ==
            at::IntArrayRef({2, 4, 8, 8}));
      return schemas::Message::of(schemas::Pictures{},
                                  {schemas::Blob("first"), schemas::Blob("second")});
    };
  }
  ~Bench() { fs::remove_all(home); }
  Bench(const Bench&) = delete;
  Bench& operator=(const Bench&) = delete;

  /// As a new process, to which one attempt of the job may come.
  void restart() {
    trainer.reset();
    trainer = std::make_unique<trainer::Trainer>(
        executor::Setup{.params = {trainer::params(), {{"model", std::string(TINY_MODEL)}}},
                        .name = "trainer",
                        .home = home,
                        .loading = [](const std::string&) {},
                        .open_jobs = {kJob}});
  }

  /// The bytes of the version that steps from..max_train_steps-1 of one attempt end in.
  std::string train_on(std::uint64_t epoch_in, std::uint64_t from_step_in) {
    epoch = epoch_in;
    from_step = from_step_in;
    begin();
    for (auto i = static_cast<std::int64_t>(from_step); i < settings.max_train_steps; ++i) step(i);
    return bytes();
  }

  std::string bytes() const {
    const auto folder = models::staging_folder(home, settings.version);
    std::ifstream in(folder / "unet" / "diffusion_pytorch_model.safetensors", std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
  }

  void begin() {
    schemas::Training training;
    training.settings = settings;
    std::vector<schemas::Blob> blobs;
    const auto generator = at::detail::createCPUGenerator(1);
    tensors::add(training.tensors, blobs, "context", at::randn({4, 24, 24}, generator));
    if (settings.train_text_encoder) {
      tensors::add(training.tensors, blobs, "ids", at::randint(50, {4, 24}, generator, at::kLong));
    }
    process(schemas::Message::of(training, std::move(blobs)));
  }

  void step(std::int64_t number, double scale = 1) {
    schemas::TrainBatch batch;
    batch.step = number;
    batch.instances = std::max<std::int64_t>(1, rows / 2);
    std::vector<schemas::Blob> blobs;
    const auto generator = at::detail::createCPUGenerator(static_cast<std::uint64_t>(number) + 5);
    const std::vector<std::int64_t> shape = {rows, 4, 8, 8};
    auto prompts = at::ones({rows}, at::kLong);
    prompts.narrow(0, 0, batch.instances).zero_();
    tensors::add(batch.tensors, blobs, "latents", at::randn(shape, generator) * scale);
    tensors::add(batch.tensors, blobs, "noise", at::randn(shape, generator));
    tensors::add(batch.tensors, blobs, "timesteps",
                 at::randint(1000, {rows}, generator, at::kLong));
    tensors::add(batch.tensors, blobs, "prompts", prompts);
    process(schemas::Message::of(batch, std::move(blobs)));
  }

  void process(schemas::Message message) {
    message.job = kJob;
    message.epoch = epoch;
    message.from_step = from_step;
    trainer->process(message, out);
  }

  std::string code_of(const std::function<void()>& work) {
    try {
      work();
    } catch (const executor::Error& e) {
      return e.code();
    }
    return "";
  }

  std::uint64_t epoch = 1, from_step = 0;
  fs::path home;
  schemas::TrainSettings settings;
  std::int64_t rows = 2;  ///< of a batch: instance pictures, and from 2 on as many prior pictures
  std::unique_ptr<trainer::Trainer> trainer;
  tests::RecordingOutbox out;
};

}  // namespace

TEST_CASE("three steps make a new version that loads and differs from its base") {
  Bench bench;
  bench.begin();
  for (int i = 0; i < 3; ++i) {
    CHECK(bench.out.sent.empty());
    bench.step(i);
  }
  REQUIRE(bench.out.sent.size() == 1);
  const auto trained = bench.out.sent[0].as<schemas::Trained>();
  CHECK(trained.steps == 3);
  CHECK(std::isfinite(trained.loss));
  CHECK(trained.instance_loss > 0);
  CHECK(trained.prior_loss > 0);
  CHECK(trained.loss == Approx(trained.instance_loss + trained.prior_loss));
  CHECK(trained.settings.version == "dog-1");
  const auto folder = models::staging_folder(bench.home, "dog-1");
  CHECK_NOTHROW(diffusion::check_model_folder(folder));
  const diffusion::UNet after(folder), before{fs::path(TINY_MODEL)};
  REQUIRE(after.named_parameters().size() == before.named_parameters().size());
  CHECK_FALSE(at::equal(after.named_parameters()[0].second, before.named_parameters()[0].second));
}

TEST_CASE("each step tells how far the training is") {
  Bench bench;
  bench.begin();
  bench.step(0);
  bench.step(1);
  const auto& progress = bench.out.shown.back().progress;
  CHECK(progress.step == 2);
  CHECK(progress.total == 3);
  REQUIRE(progress.loss);
  CHECK(std::isfinite(*progress.loss));
  REQUIRE(progress.instance_loss);
  REQUIRE(progress.prior_loss);
  CHECK(*progress.loss == Approx(*progress.instance_loss + *progress.prior_loss));
  REQUIRE(progress.eta_s);
  CHECK(*progress.eta_s >= 0);
}

TEST_CASE("the prior loss counts by its weight, and is told unweighted") {
  Bench bench;
  bench.settings.prior_loss_weight = 0.25;
  bench.begin();
  bench.step(0);
  const auto& progress = bench.out.shown.back().progress;
  REQUIRE(progress.prior_loss);
  CHECK(*progress.loss == Approx(*progress.instance_loss + 0.25 * *progress.prior_loss));
}

TEST_CASE("without category pictures no prior loss is told") {
  Bench bench;
  bench.rows = 1;
  bench.begin();
  for (int i = 0; i < 3; ++i) bench.step(i);
  const auto& progress = bench.out.shown.back().progress;
  CHECK_FALSE(progress.prior_loss);
  CHECK(*progress.loss == Approx(*progress.instance_loss));
  CHECK(bench.out.sent.at(0).as<schemas::Trained>().prior_loss == 0);
}

TEST_CASE("a checkpoint is written when it is due, told, and dropped when the job ends") {
  Bench bench;
  bench.settings.checkpointing_steps = 2;
  bench.begin();
  bench.step(0);
  const auto folder = bench.home / "checkpoints" / kJob;
  CHECK_FALSE(fs::exists(folder));
  bench.step(1);
  CHECK(fs::exists(folder / "checkpoint.safetensors"));
  CHECK(bench.out.shown.back().progress.checkpoint_step == 2);
  bench.trainer->ended(kJob, executor::Outcome::cancelled);
  CHECK_FALSE(fs::exists(folder));
  CHECK(bench.code_of([&] { bench.step(2); }) == "protocol");
}

TEST_CASE("a resumed run makes the same version, bit by bit, wherever it was broken off") {
  Bench whole;
  whole.settings.max_train_steps = 6;
  const auto expected = whole.train_on(1, 0);
  const double loss = whole.out.sent.at(0).as<schemas::Trained>().loss;
  REQUIRE_FALSE(expected.empty());
  for (const int broken_after : {2, 3, 5}) {
    INFO("after step " << broken_after);
    Bench bench;
    bench.settings.max_train_steps = 6;
    bench.settings.checkpointing_steps = 2;
    bench.begin();
    for (int i = 0; i < broken_after; ++i) bench.step(i);
    bench.restart();
    CHECK(bench.train_on(2, static_cast<std::uint64_t>(broken_after / 2 * 2)) == expected);
    CHECK(bench.out.sent.at(0).as<schemas::Trained>().loss == loss);
    CHECK(bench.out.sent.at(0).as<schemas::Trained>().steps == 6);
  }
}

TEST_CASE("a resumed run under every option makes the same version too") {
  const auto under = [](Bench& bench) {
    auto& settings = bench.settings;
    settings.max_train_steps = 5;
    settings.gradient_accumulation_steps = 2;
    settings.gradient_checkpointing = true;
    settings.mixed_precision = "bf16";
    settings.lr_scheduler = "cosine";
    settings.lr_warmup_steps = 2;
    settings.snr_gamma = 5;
    settings.use_ema = true;
    settings.checkpointing_steps = 3;
    bench.rows = 4;
  };
  Bench whole;
  under(whole);
  const auto expected = whole.train_on(1, 0);
  REQUIRE_FALSE(expected.empty());
  Bench bench;
  under(bench);
  bench.begin();
  for (int i = 0; i < 4; ++i) bench.step(i);
  bench.restart();
  CHECK(bench.train_on(2, 3) == expected);
}

TEST_CASE("with use_ema the averaged weights are published and shown") {
  const auto published = [](bool use_ema) {
    Bench bench;
    bench.settings.use_ema = use_ema;
    bench.settings.ema_decay = 0.5;
    bench.settings.validation_prompt = "a sks dog";
    bench.settings.num_validation_images = 2;
    bench.begin();
    for (int i = 0; i < 3; ++i) bench.step(i);
    const auto shown = bench.out.asked.at(0).message.as<schemas::Latents>();
    return std::pair(
        bench.bytes(),
        tensors::read_f32(shown.tensors, bench.out.asked.at(0).message, "latents", 4).clone());
  };
  const auto averaged = published(true), last = published(false);
  CHECK(averaged.first != last.first);
  CHECK_FALSE(averaged.second.equal(last.second));
  CHECK(averaged.second.allclose(last.second, 0.1, 0.1));
}

TEST_CASE(
    "a checkpoint that is newer than the gateway knew is used, and the steps up to it pass over") {
  Bench whole;
  whole.settings.max_train_steps = 6;
  const auto expected = whole.train_on(1, 0);
  Bench bench;
  bench.settings.max_train_steps = 6;
  bench.settings.checkpointing_steps = 2;
  bench.begin();
  for (int i = 0; i < 5; ++i) bench.step(i);
  for (const std::uint64_t told : {0, 2}) {
    bench.restart();
    CHECK(bench.train_on(2, told) == expected);
  }
}

TEST_CASE(
    "a checkpoint that is gone, older than the gateway knew, or damaged is told, and the job "
    "begins again") {
  Bench whole;
  whole.settings.max_train_steps = 4;
  const auto expected = whole.train_on(1, 0);
  Bench bench;
  bench.settings.max_train_steps = 4;
  bench.settings.checkpointing_steps = 2;
  bench.epoch = 2;
  bench.from_step = 2;
  CHECK(bench.code_of([&] { bench.begin(); }) == "no_checkpoint");
  bench.epoch = 1;
  bench.from_step = 0;
  bench.begin();
  for (int i = 0; i < 3; ++i) bench.step(i);
  bench.epoch = 2;
  bench.from_step = 3;
  CHECK(bench.code_of([&] { bench.begin(); }) == "no_checkpoint");
  const auto folder = bench.home / "checkpoints" / kJob;
  for (const char* file : {"losses.bin", "checkpoint.safetensors"}) {
    fs::resize_file(folder / file, 5);
    bench.from_step = 2;
    CHECK(bench.code_of([&] { bench.begin(); }) == "no_checkpoint");
    CHECK(bench.train_on(3, 0) == expected);
    fs::remove_all(folder);
    bench.epoch = 1;
    bench.from_step = 0;
    bench.begin();
    for (int i = 0; i < 3; ++i) bench.step(i);
  }
}

TEST_CASE(
    "an interrupted job keeps its checkpoint; one that is not open loses it at the next start") {
  Bench bench;
  bench.settings.checkpointing_steps = 2;
  bench.begin();
  for (int i = 0; i < 2; ++i) bench.step(i);
  bench.trainer->interrupted(kJob);
  CHECK(bench.code_of([&] { bench.step(2); }) == "protocol");
  const auto folder = bench.home / "checkpoints" / kJob;
  CHECK(fs::exists(folder));
  fs::create_directories(bench.home / "checkpoints" / "job-of-yesterday");
  bench.restart();
  CHECK(fs::exists(folder));
  CHECK_FALSE(fs::exists(bench.home / "checkpoints" / "job-of-yesterday"));
}

TEST_CASE("sample pictures are drawn while training and at its end") {
  Bench bench;
  bench.settings.validation_prompt = "a sks dog on the moon";
  bench.settings.validation_steps = 2;
  bench.settings.num_validation_images = 2;
  bench.begin();
  for (int i = 0; i < 3; ++i) bench.step(i);
  REQUIRE(bench.out.asked.size() == 2);
  const auto recipe = bench.out.asked[0].message.as<schemas::Latents>().settings;
  CHECK(recipe.prompt == "a sks dog on the moon");
  CHECK((recipe.seeds == std::vector<std::uint64_t>{11, 12}));
  std::vector<std::string> texts;
  for (const auto& shown : bench.out.shown) {
    if (!shown.pictures.empty()) texts.push_back(shown.progress.text);
  }
  CHECK((texts == std::vector<std::string>{"step 2: sample pictures", "step 3: sample pictures"}));
  CHECK(bench.out.sent.size() == 1);
}

TEST_CASE("sample pictures do not change what is trained") {
  const auto trained = [](bool samples) {
    Bench bench;
    bench.settings.validation_prompt = samples ? "a sks dog" : "";
    bench.settings.validation_steps = 1;
    bench.settings.num_validation_images = 2;
    bench.begin();
    for (int i = 0; i < 3; ++i) bench.step(i);
    const diffusion::UNet unet(models::staging_folder(bench.home, "dog-1"));
    return unet.named_parameters()[0].second.clone();
  };
  CHECK(at::equal(trained(true), trained(false)));
}

TEST_CASE("a batch whose step is not the next is refused, and the next one is taken") {
  Bench bench;
  bench.begin();
  bench.step(0);
  CHECK(bench.code_of([&] { bench.step(0); }) == "protocol");
  CHECK(bench.code_of([&] { bench.step(2); }) == "protocol");
  bench.step(1);
  bench.step(2);
  CHECK(bench.out.sent.size() == 1);
  CHECK(bench.code_of([&] { bench.step(3); }) == "protocol");
}

TEST_CASE("a batch before its training is refused") {
  Bench bench;
  CHECK(bench.code_of([&] { bench.step(0); }) == "protocol");
}

TEST_CASE("a loss that is not finite fails the job with a remedy, and writes nothing") {
  Bench bench;
  bench.begin();
  bench.step(0);
  try {
    bench.step(1, 1e38);
    FAIL("nothing was refused");
  } catch (const executor::Error& e) {
    CHECK(e.code() == "bad_input");
    CHECK_THAT(e.what(), Catch::Contains("not finite"));
    CHECK_THAT(e.hint(), Catch::Contains("learning rate"));
  }
  CHECK_FALSE(fs::exists(bench.home / "store"));
}

TEST_CASE("settings out of range and ids that are none are refused before anything is loaded") {
  Bench bench;
  const auto refused = [&](const std::function<void(schemas::TrainSettings&)>& change) {
    const auto good = bench.settings;
    change(bench.settings);
    const auto code = bench.code_of([&] { bench.begin(); });
    bench.settings = good;
    return code;
  };
  CHECK(refused([](auto& s) { s.max_train_steps = 0; }) == "bad_input");
  CHECK(refused([](auto& s) { s.max_train_steps = 1'000'001; }) == "bad_input");
  CHECK(refused([](auto& s) { s.learning_rate = 0; }) == "bad_input");
  CHECK(refused([](auto& s) { s.learning_rate = 1.5; }) == "bad_input");
  CHECK(refused([](auto& s) { s.prior_loss_weight = -1; }) == "bad_input");
  CHECK(refused([](auto& s) { s.num_validation_images = 17; }) == "bad_input");
  CHECK(refused([](auto& s) {
          s.validation_prompt = "a sks dog";
          s.num_validation_images = 1;
          s.num_inference_steps = 0;
        }) == "bad_input");
  CHECK(refused([](auto& s) { s.gradient_accumulation_steps = 0; }) == "bad_input");
  CHECK(refused([](auto& s) { s.mixed_precision = "fp16"; }) == "bad_input");
  CHECK(refused([](auto& s) { s.lr_scheduler = "polynomial"; }) == "bad_input");
  CHECK(refused([](auto& s) { s.lr_warmup_steps = -1; }) == "bad_input");
  CHECK(refused([](auto& s) { s.snr_gamma = -1; }) == "bad_input");
  CHECK(refused([](auto& s) { s.ema_decay = 1; }) == "bad_input");
  CHECK(refused([](auto& s) { s.version = "../dog"; }) == "bad_input");
  CHECK(refused([](auto& s) { s.base = "../dog"; }) == "bad_input");
  CHECK(refused([](auto& s) { s.base = "unknown"; }) == "not_found");
  CHECK(refused([](auto&) {}).empty());
}

TEST_CASE("what a broken attempt left in the staging area is replaced") {
  Bench bench;
  fs::create_directories(models::staging_folder(bench.home, "dog-1") / "left-over");
  bench.begin();
  for (int i = 0; i < 3; ++i) bench.step(i);
  CHECK_FALSE(fs::exists(models::staging_folder(bench.home, "dog-1") / "left-over"));
}

TEST_CASE("a cancelled job ends within a step") {
  Bench bench;
  bench.begin();
  bench.out.cancel = true;
  CHECK_THROWS_AS(bench.step(0), executor::Cancelled);
}

TEST_CASE("two jobs train side by side") {
  Bench bench;
  bench.begin();
  bench.step(0);
  schemas::Training other;
  other.settings = bench.settings;
  other.settings.version = "dog-2";
  std::vector<schemas::Blob> blobs;
  tensors::add(other.tensors, blobs, "context", at::randn({4, 24, 24}));
  auto message = schemas::Message::of(other, std::move(blobs));
  message.job = "job-2";
  bench.trainer->process(message, bench.out);
  bench.step(1);
  bench.trainer->ended("job-2", executor::Outcome::failed);
  bench.step(2);
  CHECK(bench.out.sent.size() == 1);
}

TEST_CASE("with the text encoder trained, the new version has one of its own") {
  Bench bench;
  bench.settings.train_text_encoder = true;
  bench.settings.validation_prompt = "a sks dog";
  bench.settings.num_validation_images = 2;
  bench.train_on(1, 0);
  const auto folder = models::staging_folder(bench.home, bench.settings.version);
  CHECK_NOTHROW(diffusion::check_model_folder(folder));
  const auto ids = at::zeros({1, 24}, at::kLong);
  CHECK_FALSE(at::equal(diffusion::TextEncoder(folder).encode(ids),
                        diffusion::TextEncoder(TINY_MODEL).encode(ids)));
}
