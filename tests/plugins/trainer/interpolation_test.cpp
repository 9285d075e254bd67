#include "tests/catch_torch.h"

#include "trainer/interpolation.h"

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/allclose.h>
#include <ATen/ops/equal.h>
#include <ATen/ops/full.h>

#include "diffusion/networks/unet.h"
#include "store/replay_file.h"
#include "trainer/mixture.h"
#include "trainer_bench.h"

using trainer_test::Bench;

namespace {

constexpr double kFarOff = 0.5;

/// A DreamBooth training of the tiny model that has gone far off.
struct Training {
  explicit Training(double ema_decay = 0)
      : training(unet, diffusion::NoiseSchedule(std::filesystem::path(TINY_MODEL)),
                 {.ema_decay = ema_decay}) {
    const at::NoGradGuard no_gradients;
    const diffusion::DreamBooth::Averaged averaged(training);
    for (const auto& [name, weight] : training.weights()) weight.detach().add_(kFarOff);
  }

  /// How far all weights, the averaged ones where there are any, are from those of the folder.
  bool are_off_by(double distance) {
    const diffusion::DreamBooth::Averaged averaged(training);
    const auto& weights = training.weights();
    for (std::size_t i = 0; i < weights.size(); ++i) {
      const auto& before = base.named_parameters()[i].second;
      if (!at::allclose(weights[i].second, before + distance, 1e-4, 1e-5)) return false;
    }
    return true;
  }

  diffusion::UNet base{std::filesystem::path(TINY_MODEL)}, unet{std::filesystem::path(TINY_MODEL)};
  diffusion::DreamBooth training;
};

/// Leaves one picture of `value` where the job looks for what it learned, or learns.
void keep(const fs::path& where, float value) {
  const std::vector<float> mean(4 * 8 * 8, value), logvar(4 * 8 * 8, -20);
  store::write_replay(where, {mean, logvar}, {4, 8, 8});
}

}  // namespace

TEST_CASE("a mixture's weights lie between those before and the trained ones") {
  Training training(GENERATE(0.0, 0.9));
  trainer::Mixture mixture(training.training, TINY_MODEL);
  CHECK(training.are_off_by(kFarOff));
  for (const double share : {0.4, 0.0, 0.8}) {
    mixture.take(share);
    CHECK(training.are_off_by(share * kFarOff));
  }
  std::vector<at::Tensor> trained;
  mixture.take(1);
  for (const auto& [name, weight] : training.unet.named_parameters()) {
    trained.push_back(weight.detach().clone());
  }
  mixture.take(0.6);
  mixture.take(1);
  for (std::size_t i = 0; i < trained.size(); ++i) {
    CHECK(at::equal(training.unet.named_parameters()[i].second, trained[i]));
  }
}

TEST_CASE("the share with the least loss is taken, of equal ones the largest") {
  CHECK(trainer::least({3, 2, 1, 2}) == 2);
  CHECK(trainer::least({1, 1, 2}) == 0);
  CHECK(std::is_sorted(trainer::kTriedShares.rbegin(), trainer::kTriedShares.rend()));
  CHECK(trainer::kTriedShares.front() == 1);
}

TEST_CASE("all earlier things judge a mixture up to eight, of more eight from the oldest on") {
  using Places = std::vector<std::size_t>;
  CHECK(trainer::judges_of(0).empty());
  CHECK(trainer::judges_of(1) == Places{0});
  CHECK(trainer::judges_of(trainer::kMostJudges) == Places{0, 1, 2, 3, 4, 5, 6, 7});
  CHECK(trainer::judges_of(trainer::kMostJudges + 1) == Places{0, 1, 2, 3, 4, 5, 6, 7});
  CHECK(trainer::judges_of(60) == Places{0, 7, 15, 22, 30, 37, 45, 52});
}

TEST_CASE("what an earlier thing lost weighs more, and is not paid for by another that gained") {
  using trainer::cost_of;
  CHECK(trainer::kEarlierWeight == 4);
  CHECK(cost_of(0.5, {}) == 0.5);
  CHECK(cost_of(0.5, {{0.25, 0.25}}) == 1.5);
  CHECK(cost_of(0.5, {{0.5, 0.25}}) == 2.5);    // it has lost a quarter
  CHECK(cost_of(0.5, {{0.125, 0.25}}) == 1.5);  // it has gained: as if it had not
  CHECK(cost_of(0.5, {{0.125, 0.25}, {0.5, 0.25}}) == 3.5);
  CHECK(cost_of(0.5, {{0.125, std::nullopt}}) == 1.0);  // nothing was noted
}

TEST_CASE("a training that ruins the model is taken back as far as can be") {
  Bench bench;
  bench.settings.target_model = "meta";
  bench.settings.strategy = "interpolation";
  bench.settings.learning_rate = 0.01;
  // AdamW's first steps, of the full rate in all weights: they ruin it.
  bench.settings.max_train_steps = 2;
  bench.settings.replay = {{"brc", "dog", "a brc dog", "dog-0"}};
  bench.context_rows = 5;
  keep(store::replay_folder(bench.home, "dog-0"), 0.5F);
  keep(store::staged_replay_folder(bench.home, "dog-1"), -0.5F);
  bench.train_on(1, 0);
  const auto trained = bench.out.sent.back().as<schemas::Trained>();
  CHECK(trained.steps == 2);
  const auto said = [&](const std::string& part) {
    return std::any_of(bench.out.shown.begin(), bench.out.shown.end(), [&](const auto& p) {
      return p.progress.text.find(part) != std::string::npos;
    });
  };
  for (const auto& p : bench.out.shown) UNSCOPED_INFO(p.progress.text);
  CHECK(said("went 0.4 of the way"));
}

TEST_CASE("without an earlier thing, or by another strategy, the trained weights stay") {
  std::string bytes[2];
  for (const bool interpolated : {false, true}) {
    Bench bench;
    bench.settings.target_model = "meta";
    bench.settings.strategy = interpolated ? "interpolation" : "big";
    keep(store::staged_replay_folder(bench.home, "dog-1"), -0.5F);
    bytes[interpolated ? 1 : 0] = bench.train_on(1, 0);
  }
  CHECK_FALSE(bytes[0].empty());
  CHECK(bytes[0] == bytes[1]);
}
