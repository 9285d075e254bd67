#include "executor/files/checksums.h"
#include "trainer_bench.h"

using trainer_test::Bench;
using trainer_test::kJob;

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
  const auto folder = store::staging_folder(bench.home, "dog-1");
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

TEST_CASE("a trainer that is stopped in order goes on from the step that it had done") {
  Bench whole;
  whole.settings.max_train_steps = 6;
  const auto expected = whole.train_on(1, 0);
  Bench bench;
  bench.settings.max_train_steps = 6;
  bench.settings.checkpointing_steps = 0;
  bench.begin();
  for (int i = 0; i < 5; ++i) bench.step(i);
  bench.trainer->stopping();
  bench.restart();
  bench.out.shown.clear();
  CHECK(bench.train_on(2, 0) == expected);
  CHECK(bench.out.shown.at(1).progress.text == "resumed at step 5");
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
  CHECK_FALSE(fs::exists(bench.home / "store" / "staging"));
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
  CHECK(refused([](auto& s) { s.max_train_steps = schemas::kMaxTrainSteps + 1; }) == "bad_input");
  CHECK(refused([](auto& s) { s.max_train_steps.reset(); }) == "bad_input");
  CHECK(refused([](auto& s) { s.train_text_encoder.reset(); }) == "bad_input");
  CHECK(refused([](auto& s) { s.learning_rate = 0; }) == "bad_input");
  CHECK(refused([](auto& s) {
          s.validation_prompt = "a sks dog";
          s.num_validation_images = 1;
          s.num_inference_steps = 0;
        }) == "bad_input");
  CHECK(refused([](auto& s) { s.ema_inv_gamma = 0; }) == "bad_input");
  CHECK(refused([](auto& s) { s.version = "../dog"; }) == "bad_input");
  CHECK(refused([](auto& s) { s.base = "../dog"; }) == "bad_input");
  CHECK(refused([](auto& s) { s.base = "unknown"; }) == "not_found");
  CHECK(refused([](auto&) {}).empty());
}

TEST_CASE("what a broken attempt left in the staging area is replaced") {
  Bench bench;
  fs::create_directories(store::staging_folder(bench.home, "dog-1") / "left-over");
  bench.begin();
  for (int i = 0; i < 3; ++i) bench.step(i);
  CHECK_FALSE(fs::exists(store::staging_folder(bench.home, "dog-1") / "left-over"));
}

TEST_CASE("a version of which a byte has changed is no base for another") {
  Bench bench;
  const auto folder = bench.home / "store" / "versions" / "v-1";
  fs::create_directories(folder.parent_path());
  fs::copy(TINY_MODEL, folder, fs::copy_options::recursive);
  files::write_checksums(folder);
  bench.settings.base = "v-1";
  CHECK(bench.code_of([&] { bench.begin(); }).empty());
  std::fstream weights(folder / "vae" / "diffusion_pytorch_model.safetensors",
                       std::ios::binary | std::ios::in | std::ios::out);
  weights.seekp(-1, std::ios::end).put('\x55');
  weights.close();
  CHECK(bench.code_of([&] { bench.begin(); }) == "internal");
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
  other.settings = bench.allowed(other.settings, "job-2");
  std::vector<schemas::Blob> blobs;
  compute::add_tensor(other.tensors, blobs, "context", at::randn({4, 24, 24}));
  auto message = schemas::Message::of(other, std::move(blobs));
  message.job = message.root = "job-2";
  message.epoch = bench.epoch;
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
  const auto folder = store::staging_folder(bench.home, bench.settings.version);
  CHECK_NOTHROW(diffusion::check_model_folder(folder));
  const auto ids = at::zeros({1, 24}, at::kLong);
  CHECK_FALSE(at::equal(diffusion::TextEncoder(folder).encode(ids),
                        diffusion::TextEncoder(TINY_MODEL).encode(ids)));
}
