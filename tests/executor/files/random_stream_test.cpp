#include "executor/files/random_stream.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <vector>

#include "executor/files/shuffle.h"

using files::philox4x32;
using files::PhiloxCounter;
using files::Purpose;
using files::RandomStream;

// Random123, tests/kat_vectors, philox4x32 with 10 rounds.
TEST_CASE("Philox gives the published numbers") {
  CHECK(philox4x32({0, 0, 0, 0}, {0, 0}) ==
        PhiloxCounter{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8});
  const std::uint32_t ones = 0xffffffff;
  CHECK(philox4x32({ones, ones, ones, ones}, {ones, ones}) ==
        PhiloxCounter{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd});
  CHECK(philox4x32({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}) ==
        PhiloxCounter{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1});
}

TEST_CASE("seed, purpose and index each give other numbers") {
  const auto first = [](std::uint64_t seed, Purpose purpose, std::uint64_t index) {
    return RandomStream(seed, purpose, index).next();
  };
  const auto base = first(7, Purpose::noise, 3);
  CHECK(first(7, Purpose::noise, 3) == base);
  CHECK(first(8, Purpose::noise, 3) != base);
  CHECK(first(7 + (1ULL << 32), Purpose::noise, 3) != base);
  CHECK(first(7, Purpose::posterior, 3) != base);
  CHECK(first(7, Purpose::noise, 4) != base);
}

TEST_CASE("normal numbers have mean 0, variance 1, and the tails of a normal distribution") {
  std::vector<float> values(400'001);
  RandomStream(1, Purpose::noise, 0).fill_normal(values);
  double sum = 0, squares = 0, fourth = 0;
  int beyond_two = 0;
  for (const double value : values) {
    sum += value;
    squares += value * value;
    fourth += value * value * value * value;
    beyond_two += std::abs(value) > 2 ? 1 : 0;
  }
  const auto count = static_cast<double>(values.size());
  CHECK(std::abs(sum / count) < 5 / std::sqrt(count));
  CHECK(squares / count == Approx(1).margin(0.012));
  CHECK(fourth / count == Approx(3).margin(0.1));
  CHECK(beyond_two / count == Approx(0.0455).margin(0.002));
}

TEST_CASE("whole numbers below a count come equally often") {
  RandomStream stream(5, Purpose::timesteps, 0);
  std::map<std::uint32_t, int> seen;
  for (int i = 0; i < 60'000; ++i) ++seen[stream.below(6)];
  REQUIRE(seen.size() == 6);
  for (const auto& [value, times] : seen) CHECK(times == Approx(10'000).margin(500));
  CHECK(stream.below(1) == 0);
}

TEST_CASE(
    "a shuffle holds every number once a round, in an order that does not depend on the way") {
  files::Shuffle forward(9, Purpose::instance_order, 5);
  files::Shuffle jumping(9, Purpose::instance_order, 5);
  std::vector<std::uint32_t> order;
  for (std::uint64_t position = 0; position < 20; ++position) order.push_back(forward.at(position));
  for (int round = 0; round < 4; ++round) {
    std::vector<int> seen(5, 0);
    for (int i = 0; i < 5; ++i) ++seen[order[round * 5 + i]];
    CHECK(seen == std::vector<int>(5, 1));
  }
  for (const std::uint64_t position : {17, 2, 11, 19, 0})
    CHECK(jumping.at(position) == order[position]);
  const std::vector<std::uint32_t> rounds[] = {{order.begin(), order.begin() + 5},
                                               {order.begin() + 5, order.begin() + 10},
                                               {order.begin() + 10, order.begin() + 15}};
  CHECK_FALSE((rounds[0] == rounds[1] && rounds[1] == rounds[2]));
}
