#include <catch2/catch.hpp>
#include <cmath>
#include <fstream>
#include <map>
#include <numeric>

#include "sampler/allocation.h"
#include "sampler/forgetting_of.h"
#include "sampler/slot_order.h"
#include "store/retention_note.h"
#include "tests/plugins/sampler/sampler_fixture.h"

using Forgetting = std::vector<double>;

namespace {

const std::vector<std::string> kWorked = {"bottle", "bottle", "dog", "dog", "painting"};

std::map<std::string, double> table(const std::vector<sampler::Share>& shares) {
  std::map<std::string, double> result;
  for (const auto& share : shares) {
    result[share.category + (share.thing ? " " + std::to_string(*share.thing) : "")] = share.share;
  }
  REQUIRE(result.size() == shares.size());
  return result;
}

}  // namespace

TEST_CASE("a slip is the share of what was learned that is gone, 0 to 1") {
  CHECK(sampler::forgetting(3, 1, 1) == 0);
  CHECK(sampler::forgetting(3, 1, 1.5) == 0.25);
  CHECK(sampler::forgetting(3, 1, 3) == 1);
  CHECK(sampler::forgetting(3, 1, 4) == 1);    // worse than before it was learned
  CHECK(sampler::forgetting(3, 1, 0.5) == 0);  // better than ever
  CHECK(sampler::forgetting(1, 1, 2) == 0);    // nothing was learned
  CHECK(sampler::forgetting(std::nan(""), 1, 2) == 0);
}

TEST_CASE("what slips is shown more: worked cases") {
  struct Case {
    Forgetting forgotten;
    double sum;  // of BIG's shares x factors
    std::map<std::string, double> shares;
  };
  const auto c = GENERATE(values<Case>({
      // nothing slips: BIG
      {{0, 0, 0, 0, 0},
       1,
       {{"dog", 1. / 4},
        {"dog 2", 1. / 8},
        {"dog 3", 1. / 8},
        {"bottle", 1. / 8},
        {"bottle 0", 1. / 16},
        {"bottle 1", 1. / 16},
        {"painting", 1. / 8},
        {"painting 4", 1. / 8}}},
      // the second bottle is gone (x 4), half of the painting (x 2.5)
      {{0, 1, 0, 0, 0.5},
       11. / 8,
       {{"dog", 2. / 11},
        {"dog 2", 1. / 11},
        {"dog 3", 1. / 11},
        {"bottle", 1. / 11},
        {"bottle 0", 0.5 / 11},
        {"bottle 1", 2. / 11},
        {"painting", 1. / 11},
        {"painting 4", 2.5 / 11}}},
      // all is gone: things get 4 times as much as drawn pictures
      {{1, 1, 1, 1, 1},
       2.5,
       {{"dog", 1. / 10},
        {"dog 2", 1. / 5},
        {"dog 3", 1. / 5},
        {"bottle", 1. / 20},
        {"bottle 0", 1. / 10},
        {"bottle 1", 1. / 10},
        {"painting", 1. / 20},
        {"painting 4", 1. / 5}}},
  }));
  const auto shares = table(sampler::adaptive_allocation("dog", kWorked, c.forgotten));
  REQUIRE(shares.size() == c.shares.size());
  for (const auto& [name, share] : c.shares) CHECK(shares.at(name) == Approx(share));
  const auto big = table(sampler::big_allocation("dog", kWorked));
  CHECK(shares.at("dog") == Approx(big.at("dog") / c.sum));
  CHECK(shares.at("bottle") >= big.at("bottle") / sampler::kMostReplay);
}

TEST_CASE("the first thing has nothing to slip") {
  CHECK(table(sampler::adaptive_allocation("dog", {}, {})) ==
        std::map<std::string, double>{{"dog", 1}});
}

TEST_CASE("adaptive shares sum to 1, and after k slots every count is within 1 of k x share") {
  std::vector<std::string> earlier;
  Forgetting forgotten;
  for (int i = 0; i < 60; ++i) {
    earlier.push_back("c" + std::to_string(i / 3));
    forgotten.push_back(i % 7 / 6.0);
  }
  std::vector<double> shares;
  for (const auto& share : sampler::adaptive_allocation("c0", earlier, forgotten)) {
    shares.push_back(share.share);
  }
  CHECK(std::accumulate(shares.begin(), shares.end(), 0.0) == Approx(1));
  sampler::SlotOrder order(shares, 1);
  std::vector<double> counts(shares.size());
  double worst = 0;
  for (int k = 1; k <= 10'000; ++k) {
    counts[order.at(static_cast<std::uint64_t>(k - 1)).source] += 1;
    for (std::size_t i = 0; i < shares.size(); ++i) {
      worst = std::max(worst, std::abs(counts[i] - k * shares[i]));
    }
  }
  CHECK(worst <= 1 + 1e-9);
}

TEST_CASE("a note is read as it was written; one that is not whole says nothing") {
  const files::TemporaryFolder folder;
  CHECK_FALSE(store::read_retention_note(folder.path()).before);
  store::write_retention_note(folder.path(), {.before = 2, .just = 0.5, .earlier = {{"v-1", 3}}});
  const auto note = store::read_retention_note(folder.path());
  CHECK(note.before == 2);
  CHECK(note.just == 0.5);
  CHECK(note.earlier == std::map<std::string, double>{{"v-1", 3}});
  const auto* text = GENERATE("", "{\"before\": 2", "[1]", "7", "{\"earlier\": [\"x\"]}",
                              "{\"before\": \"2\", \"just\": null, \"earlier\": 7}");
  std::ofstream(folder.path() / "retention.json") << text;
  const auto nothing = store::read_retention_note(folder.path());
  CHECK_FALSE(nothing.before);
  CHECK_FALSE(nothing.just);
  CHECK(nothing.earlier.empty());
}

TEST_CASE("slips come from the notes of the base and of each thing; without one they are 0") {
  tests::Bench bench;
  auto settings = bench.meta();
  settings.base = "v-2";
  const auto home = bench.home.path();
  CHECK(sampler::forgetting_of(home, settings) == Forgetting{0, 0});
  store::write_retention_note(store::replay_folder(home, "v-1"),
                              {.before = 3, .just = 1, .earlier = {}});
  CHECK(sampler::forgetting_of(home, settings) == Forgetting{0, 0});
  store::write_retention_note(store::replay_folder(home, "v-2"),
                              {.before = 3, .just = 1, .earlier = {{"v-1", 2}}});
  CHECK(sampler::forgetting_of(home, settings) == Forgetting{0.5, 0});
  settings.base = "pretrained";
  CHECK(sampler::forgetting_of(home, settings) == Forgetting{0, 0});
}

TEST_CASE("the strategy adaptive shows what slips more often than BIG does") {
  tests::Bench bench;
  auto settings = bench.meta();
  settings.base = "v-2";
  settings.strategy = "adaptive";
  settings.max_train_steps = 14;  // 28 slots
  settings = bench.allowed(settings);
  store::write_retention_note(store::replay_folder(bench.home.path(), "v-1"),
                              {.before = 3, .just = 1, .earlier = {}});
  store::write_retention_note(store::replay_folder(bench.home.path(), "v-2"),
                              {.before = 3, .just = 1, .earlier = {{"v-1", 3}}});
  sampler::Sampler(bench.setup()).process(tests::Bench::encoded(settings), bench.outbox);
  // BIG: 1/4 each; the dog x 4: 1/7 of 28 slots each, the dog 4/7
  CHECK(tests::prior_prompts(bench.outbox.sent) ==
        std::map<std::int64_t, int>{{1, 4}, {4, 16}, {5, 4}, {6, 4}});
}
