#include "evaluation/measures.h"

#include <cmath>

#include <catch2/catch.hpp>

namespace {

evaluation::Look look(float x, float y) {
  return {.embedding = {x, y}};
}

const evaluation::Look kEast = look(1, 0), kNorth = look(0, 1), kWest = look(-1, 0),
                       kNorthEast = look(0.6F, 0.8F);

}  // namespace

TEST_CASE("distance is 0 for the same, 1 for nothing in common, 2 for the opposite") {
  CHECK(evaluation::distance(kEast, kEast) == Approx(0));
  CHECK(evaluation::distance(kEast, kNorth) == Approx(1));
  CHECK(evaluation::distance(kEast, kWest) == Approx(2));
}

TEST_CASE("the mean pairwise distance counts every pair once") {
  CHECK(evaluation::mean_pairwise_distance({kEast, kNorth, kWest}) == Approx((1 + 2 + 1) / 3.0));
  CHECK(evaluation::mean_pairwise_distance({kEast}) == 0);
}

TEST_CASE("the nearest other is never the picture itself") {
  const auto within = evaluation::nearest_other_distances({kEast, kNorth, kNorthEast});
  CHECK(within[0] == Approx(0.4));
  CHECK(within[2] == Approx(0.2));
  CHECK(evaluation::nearest_distances({kEast}, {kEast, kWest})[0] == Approx(0));
}

TEST_CASE("the centre of looks is the direction they share") {
  const auto centre = evaluation::centre_of({kEast, kNorth});
  CHECK(centre.embedding[0] == Approx(std::sqrt(0.5)));
  CHECK(centre.embedding[1] == Approx(std::sqrt(0.5)));
  CHECK(evaluation::nearest(kNorthEast, {kEast, kWest, kNorth}) == 2);
}

TEST_CASE("median, share above and mean of the best") {
  CHECK(evaluation::median({3, 1, 2}) == 2);
  CHECK(evaluation::median({4, 1, 2, 3}) == 2.5);
  CHECK(evaluation::median({}) == 0);
  CHECK(evaluation::share_above({1, 2, 3, 4}, 2) == 0.5);
  CHECK(evaluation::share_above({}, 2) == 0);
  CHECK(evaluation::mean_of_best({1, 5, 3}, 2) == 4);
  CHECK(evaluation::mean_of_best({1, 5, 3}, 9) == 3);
  CHECK(evaluation::mean_of_best({}, 9) == 0);
}
