#include "tests/catch_torch.h"

#include "trainer/retention_check.h"

#include <ATen/CPUGeneratorImpl.h>
#include <ATen/ops/full.h>
#include <ATen/ops/randn.h>
#include <ATen/ops/zeros.h>

#include <cstdlib>
#include <fstream>
#include <iterator>

#include "executor/files/temporary_folder.h"
#include "store/replay_file.h"

namespace fs = std::filesystem;

namespace {

constexpr std::size_t kValues = 4 * 8 * 8;

/// A home in which one thing was learned, and another is about to be.
struct Home {
  Home() {
    settings.version = "cat-1";
    settings.learning_rate = 1e-3;
    settings.max_train_steps = 8;
    settings.lr_scheduler = "constant";
    settings.train_text_encoder = false;
    settings.train_batch_size = 1;
    settings.num_class_images = 0;
    settings.seed = 1;
    settings.replay = {{"sks", "dog", "a sks dog", "dog-1"}};
    keep(store::replay_folder(folder, "dog-1"), 0.5F);
    keep(store::staged_replay_folder(folder, "cat-1"), -0.5F);
  }
  static void keep(const fs::path& where, float value) {
    const std::vector<float> mean(kValues, value), logvar(kValues, -20);
    store::write_replay(where, {mean, logvar}, {4, 8, 8});
  }
  void note(const std::string& text) const {
    std::ofstream(store::replay_folder(folder, "dog-1") / "retention.json") << text;
  }
  trainer::TrainingJob job() const {
    const auto generator = at::detail::createCPUGenerator(1);
    return {settings, std::string(TINY_MODEL), at::randn({5, 24, 24}, generator)};
  }
  std::vector<schemas::RetentionLosses> check(trainer::TrainingJob& trained) const {
    return trainer::check_retention(folder, trained, [] {});
  }

  files::TemporaryFolder temporary;
  fs::path folder = temporary.path();
  schemas::TrainSettings settings;
};

void train(trainer::TrainingJob& job) {
  diffusion::Batch rows;
  rows.instances = 1;
  rows.latents = at::full({1, 4, 8, 8}, -0.09);
  rows.noise = at::randn({1, 4, 8, 8}, at::detail::createCPUGenerator(2));
  rows.timesteps = at::full({1}, 500, at::kLong);
  while (!job.finished()) job.step(rows, at::zeros({1}, at::kLong));
}

std::string text_of(const fs::path& file) {
  std::ifstream in(file);
  return {std::istreambuf_iterator<char>(in), {}};
}

}  // namespace

TEST_CASE("a thing that was learned earlier is looked at, the new one is noted for the next time") {
  const Home home;
  home.note(R"({"before": 2.0, "just": 1.0})");
  auto job = home.job();
  trainer::note_before(home.folder, job);
  const auto untrained = home.check(job);
  train(job);
  const auto trained = home.check(job);
  REQUIRE(trained.size() == 1);
  CHECK(trained[0].identifier == "sks");
  CHECK(trained[0].before == 2);
  CHECK(trained[0].just == 1);
  CHECK(trained[0].now > 0);
  CHECK(trained[0].now != untrained.at(0).now);
  const auto note = text_of(store::staged_replay_folder(home.folder, "cat-1") / "retention.json");
  CHECK(note.find("\"before\"") != note.npos);
  CHECK(note.find("\"just\"") != note.npos);
}

TEST_CASE("a thing of which nothing is noted or kept is left out, a private job asks nothing") {
  const Home home;
  auto job = home.job();
  CHECK(home.check(job).empty());  // nothing was noted before the first step
  trainer::note_before(home.folder, job);
  CHECK(home.check(job).empty());  // no note of the dog
  home.note("{\"before\": 2.0, ");
  CHECK(home.check(job).empty());
  home.note(R"({"before": 2.0, "just": 1.0})");
  CHECK(home.check(job).size() == 1);
  fs::remove(store::replay_folder(home.folder, "dog-1") / "posterior.safetensors");
  CHECK(home.check(job).empty());
  fs::remove_all(store::staged_replay_folder(home.folder, "cat-1"));
  trainer::note_before(home.folder, job);
  CHECK(home.check(job).empty());
}

TEST_CASE("after a retraining every thing is looked at, and nothing noted") {
  Home home;
  home.note(R"({"before": 2.0, "just": 1.0})");
  fs::remove_all(store::staged_replay_folder(home.folder, "cat-1"));
  home.settings.replaces = "dog-1";
  auto job = home.job();
  trainer::note_before(home.folder, job);
  const auto looked = home.check(job);
  REQUIRE(looked.size() == 1);
  CHECK(looked[0].just == 1);
  CHECK(looked[0].now > 0);
  CHECK_FALSE(fs::exists(store::staged_replay_folder(home.folder, "cat-1")));
  CHECK_NOTHROW(job.check_sample([](int, int) { return true; }));
}
