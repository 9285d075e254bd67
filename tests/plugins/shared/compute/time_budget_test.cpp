#include "compute/time_budget.h"

#include <catch2/catch.hpp>

namespace {

constexpr std::uint64_t kStableDiffusion = 860'000'000;  // weights of its UNet
constexpr std::uint64_t kBaseModel = 4'500'000;
constexpr std::uint64_t kHour_ms = 3'600'000;

}  // namespace

TEST_CASE("a step of a large model may take minutes, one of the base model a lease") {
  // Forward and backward of a row of the thing and one of its category, 64 x 64 latents.
  const auto large = compute::time_to_compute_ms(3 * kStableDiffusion, 2 * 64 * 64);
  CHECK(large > 400'000);
  CHECK(large < kHour_ms);
  // 16 and 16 rows, 8 x 8 latents.
  CHECK(compute::time_to_compute_ms(3 * kBaseModel, 32 * 8 * 8) < 30'000);
}

TEST_CASE("a time budget is ten seconds at least and an hour at most") {
  CHECK(compute::time_to_compute_ms(0, 0) == 10'000);
  CHECK(compute::time_to_move_ms(0) == 10'000);
  CHECK(compute::time_to_move_ms(20'000'000) == 11'000);
  CHECK(compute::time_to_move_ms(~std::uint64_t{0}) == kHour_ms);
  CHECK(compute::time_to_compute_ms(~std::uint64_t{0}, ~std::uint64_t{0}) == kHour_ms);
}
