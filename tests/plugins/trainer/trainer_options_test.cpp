#include "trainer_bench.h"

#include <set>
#include <string_view>

using trainer_test::Bench;
using trainer_test::kJob;

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
    const auto shown = bench.pictures_asked().at(0).message.as<schemas::Latents>();
    return std::pair(
        bench.bytes(),
        compute::read_f32(shown.tensors, bench.pictures_asked().at(0).message, "latents", 4)
            .clone());
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
  REQUIRE(bench.pictures_asked().size() == 2);
  const auto recipe = bench.pictures_asked()[0].message.as<schemas::Latents>().settings;
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
    const diffusion::UNet unet(store::staging_folder(bench.home, "dog-1"));
    return unet.named_parameters()[0].second.clone();
  };
  CHECK(at::equal(trained(true), trained(false)));
}

namespace {

// Options that the stages before the trainer read, and those that change how or how long it
// computes, what it keeps and what it shows, but not what a step makes of the weights.
const std::set<std::string_view> kNotOfTheWeights = {"preset",
                                                     "strategy",
                                                     "seed",
                                                     "max_train_steps",
                                                     "train_batch_size",
                                                     "num_class_images",
                                                     "gradient_accumulation_steps",
                                                     "gradient_checkpointing",
                                                     "checkpointing_steps",
                                                     "validation_prompt",
                                                     "validation_steps",
                                                     "num_validation_images"};

// Another value that the option's row allows.
struct Change {
  const schemas::Allowed& allowed;

  void operator()(bool& value) const { value = !value; }
  void operator()(double& value) const {
    const auto& range = std::get<schemas::NumberRange>(allowed);
    value = range.least + (range.most - range.least) / 1000;
  }
  void operator()(std::int64_t& value) const {
    value = static_cast<std::int64_t>(std::get<schemas::NumberRange>(allowed).most);
  }
  void operator()(std::uint64_t& value) const { ++value; }
  void operator()(std::string& value) const {
    value = std::get<schemas::OneOf>(allowed).words.back();
  }
  template <typename T>
  void operator()(std::optional<T>& value) const {
    operator()(*value);
  }
};

std::string version_with(const schemas::TrainOption* changed) {
  Bench bench;
  bench.settings.max_train_steps = 4;  // with 3, linear and cosine meet in the one step between
  bench.settings.lr_scheduler = "linear";
  bench.settings.lr_warmup_steps = 1;
  bench.settings.use_ema = true;
  if (changed != nullptr) {
    std::visit([&](const auto field) { Change{changed->allowed}(bench.settings.*field); },
               changed->field);
  }
  return bench.train_on(1, 0);
}

}  // namespace

TEST_CASE("every option of how the weights are trained makes another version") {
  const auto plain = version_with(nullptr);
  REQUIRE(plain == version_with(nullptr));
  for (const auto& option : schemas::kTrainOptions) {
    if (kNotOfTheWeights.contains(option.name)) continue;
    INFO(option.name << " is declared, but nothing reads it");
    CHECK(version_with(&option) != plain);
  }
}
