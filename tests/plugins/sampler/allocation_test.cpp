#include "sampler/allocation.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <numeric>

#include "sampler/slot_order.h"

using sampler::Share;
using Things = std::vector<std::string>;

namespace {

std::string name_of(const Share& share) {
  return share.category + (share.thing ? " " + std::to_string(*share.thing) : "");
}

std::map<std::string, double> table(const std::vector<Share>& shares) {
  std::map<std::string, double> result;
  for (const auto& share : shares) result[name_of(share)] = share.share;
  REQUIRE(result.size() == shares.size());
  return result;
}

Things categories(int count, int things) {
  Things result;
  for (int c = 0; c < count; ++c) result.insert(result.end(), things, "c" + std::to_string(c));
  return result;
}

// Things that get no picture of a budget.
std::size_t starved(const std::vector<Share>& shares, const Things& earlier) {
  std::size_t fed = 0;
  for (const auto& share : shares) fed += share.thing ? 1 : 0;
  return earlier.size() - fed;
}

double worst_deviation(const std::vector<double>& shares, std::uint64_t seed, int slots) {
  sampler::SlotOrder order(shares, seed);
  std::vector<double> counts(shares.size());
  double worst = 0;
  for (int k = 1; k <= slots; ++k) {
    counts[order.at(static_cast<std::uint64_t>(k - 1)).source] += 1;
    for (std::size_t i = 0; i < shares.size(); ++i) {
      worst = std::max(worst, std::abs(counts[i] - k * shares[i]));
    }
  }
  return worst;
}

std::vector<double> shares_of(const std::vector<Share>& shares) {
  std::vector<double> result;
  for (const auto& share : shares) result.push_back(share.share);
  return result;
}

const Things kWorked = {"bottle", "bottle", "dog", "dog", "painting"};

}  // namespace

TEST_CASE("two bottles, two dogs and a painting learned, now a third dog") {
  CHECK(table(sampler::big_allocation("dog", kWorked)) ==
        std::map<std::string, double>{{"dog", 1.0 / 4},
                                      {"dog 2", 1.0 / 8},
                                      {"dog 3", 1.0 / 8},
                                      {"bottle", 1.0 / 8},
                                      {"bottle 0", 1.0 / 16},
                                      {"bottle 1", 1.0 / 16},
                                      {"painting", 1.0 / 8},
                                      {"painting 4", 1.0 / 8}});
}

TEST_CASE("a new category has no earlier thing: its half is drawn pictures") {
  CHECK(table(sampler::big_allocation("cat", {"dog", "bottle"})) ==
        std::map<std::string, double>{{"cat", 1.0 / 2},
                                      {"dog", 1.0 / 8},
                                      {"dog 0", 1.0 / 8},
                                      {"bottle", 1.0 / 8},
                                      {"bottle 1", 1.0 / 8}});
}

TEST_CASE("without another category the current one takes all") {
  CHECK(table(sampler::big_allocation("dog", {})) == std::map<std::string, double>{{"dog", 1}});
  CHECK(table(sampler::big_allocation("dog", {"dog", "dog"})) ==
        std::map<std::string, double>{{"dog", 1.0 / 2}, {"dog 0", 1.0 / 4}, {"dog 1", 1.0 / 4}});
}

TEST_CASE("shares sum to 1 and none is 0, where the prototype starves most") {
  struct Case {
    int categories, things;
    std::size_t starved;
    double used;
  };
  // research: 200 files over categories x things; how many were used, how many things got none
  const auto c =
      GENERATE(values<Case>({{5, 3, 0, 194}, {10, 3, 0, 170}, {20, 3, 57, 136}, {60, 1, 59, 100}}));
  const auto earlier = categories(c.categories, c.things);
  const auto big = sampler::big_allocation("c0", earlier);
  const auto shares = shares_of(big);
  CHECK(std::accumulate(shares.begin(), shares.end(), 0.0) == Approx(1));
  CHECK(starved(big, earlier) == 0);
  CHECK(*std::min_element(shares.begin(), shares.end()) >= 1.0 / 240);
  const auto prototype = sampler::prototype_allocation("c0", earlier, 200);
  CHECK(starved(prototype, earlier) == c.starved);
  // One file is the smallest share.
  const double files = std::round(100 / 2 / prototype.front().share);
  if (c.starved > 0) CHECK(files == c.used);
}

TEST_CASE("the prototype's division, where it goes up, is the BIG allocation") {
  CHECK(table(sampler::prototype_allocation("dog", kWorked, 160)) ==
        table(sampler::big_allocation("dog", kWorked)));
  CHECK(table(sampler::prototype_allocation("dog", {"dog"}, 1)) ==
        std::map<std::string, double>{{"dog", 1}});
}

TEST_CASE("general words take their part of every share, and none without words or part") {
  const auto big = sampler::big_allocation("cat", {"dog"});
  CHECK(table(sampler::with_general(big, {"car", "tree"}, 0.25)) ==
        std::map<std::string, double>{{"cat", 3.0 / 8},
                                      {"dog", 3.0 / 16},
                                      {"dog 0", 3.0 / 16},
                                      {"car", 1.0 / 8},
                                      {"tree", 1.0 / 8}});
  CHECK(table(sampler::with_general(big, {}, 0.25)) == table(big));
  CHECK(table(sampler::with_general(big, {"car"}, 0)) == table(big));
}

TEST_CASE("without earlier things the current category has all: DreamBooth in sequence") {
  CHECK(table(sampler::big_allocation("dog", {})) == std::map<std::string, double>{{"dog", 1}});
}

TEST_CASE("after k slots every count is within 1 of k x its share, for every k up to 10,000") {
  const auto seed = GENERATE(range(0, 3));
  for (const auto& [category, earlier] :
       std::vector<std::pair<std::string, Things>>{{"dog", kWorked},
                                                   {"cat", kWorked},
                                                   {"dog", {}},
                                                   {"c0", categories(5, 3)},
                                                   {"c7", categories(7, 3)},
                                                   {"c0", categories(20, 3)},
                                                   {"c0", categories(60, 1)},
                                                   {"new", categories(60, 1)}}) {
    const auto shares = shares_of(sampler::big_allocation(category, earlier));
    CHECK(worst_deviation(shares, static_cast<std::uint64_t>(seed), 10'000) <= 1 + 1e-9);
  }
}

TEST_CASE("60 things learn a 61st in 200 steps of 2: each is seen again") {
  const auto earlier = categories(60, 1);
  const auto shares = sampler::big_allocation("new", earlier);
  sampler::SlotOrder order(shares_of(shares), 1);
  std::vector<int> counts(shares.size());
  for (std::uint64_t slot = 0; slot < 400; ++slot) ++counts[order.at(slot).source];
  CHECK(*std::min_element(counts.begin(), counts.end()) >= 1);
}

TEST_CASE("a slot follows from seed and number; another seed shuffles otherwise") {
  const auto shares = shares_of(sampler::big_allocation("c0", categories(20, 3)));
  sampler::SlotOrder forward(shares, 1), jumping(shares, 1), other(shares, 2);
  const auto last = jumping.at(999);
  std::vector<std::uint32_t> one, two;
  for (std::uint64_t slot = 0; slot < 1000; ++slot) {
    one.push_back(forward.at(slot).source);
    two.push_back(other.at(slot).source);
  }
  CHECK(forward.at(999).source == last.source);
  CHECK(forward.at(999).turn == last.turn);
  CHECK(one != two);
}

TEST_CASE("turns of a source count up from 0") {
  sampler::SlotOrder order({0.5, 0.25, 0.25}, 3);
  std::vector<std::uint32_t> next(3, 0);
  for (std::uint64_t slot = 0; slot < 100; ++slot) {
    const auto [source, turn] = order.at(slot);
    CHECK(turn == next[source]++);
  }
}
