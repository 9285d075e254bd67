#include "evaluation/retention.h"

#include <stdexcept>

#include "evaluation/confusion.h"

#include <catch2/catch.hpp>

namespace {

// Thing 0 is learned well, gets a little better, then is half forgotten.
const evaluation::Scores kScores = {{0.8, 0, 0}, {0.9, 0.6, 0}, {0.4, 0.7, 0.5}};

evaluation::ThingLosses losses(double pretrained, double just, double final) {
  // Two draws that differ alike each time: the gain has no error.
  return {{pretrained - 0.1, pretrained + 0.1}, {just - 0.1, just + 0.1}, {final, final}};
}

}  // namespace

TEST_CASE("the measures of a history that was worked out by hand") {
  CHECK(evaluation::final_average(kScores) == Approx((0.4 + 0.7 + 0.5) / 3));
  CHECK(evaluation::learning_accuracy(kScores) == Approx((0.8 + 0.6 + 0.5) / 3));
  CHECK(evaluation::average_forgetting(kScores) == Approx(((0.9 - 0.4) + (0.6 - 0.7)) / 2));
  CHECK(evaluation::backward_transfer(kScores) == Approx(((0.4 - 0.8) + (0.7 - 0.6)) / 2));
  CHECK(evaluation::gap_to_private(kScores, {0.9, 0.9, 0.9}) == Approx((0.5 + 0.2 + 0.4) / 3));
}

TEST_CASE("a single task cannot forget") {
  CHECK(evaluation::average_forgetting({{0.7}}) == 0);
  CHECK(evaluation::backward_transfer({{0.7}}) == 0);
  CHECK(evaluation::final_average({}) == 0);
}

TEST_CASE("retention is 1 when all is kept, 0 when all is lost, below when it is worse") {
  CHECK(evaluation::retention({losses(1, 0.6, 0.6)}) == Approx(1));
  CHECK(evaluation::retention({losses(1, 0.6, 0.5)}) == Approx(1));  // better later earns nothing
  CHECK(evaluation::retention({losses(1, 0.6, 1)}) == Approx(0));
  CHECK(evaluation::retention({losses(1, 0.6, 1.2)}) == Approx(-0.5));
  CHECK(evaluation::retention({losses(1, 0.6, 0.7), losses(1, 0.8, 0.8)}) == Approx(0.5 / 0.6));
}

TEST_CASE("a gain below three standard errors counts as not learned") {
  // Gains 0.1 and 0.3: mean 0.2, standard error 0.1.
  const evaluation::ThingLosses unsure{{1, 1}, {0.9, 0.7}, {1, 1}};
  const auto gain = evaluation::gain_of(unsure.pretrained, unsure.just);
  CHECK(gain.mean == Approx(0.2));
  CHECK(gain.standard_error == Approx(0.1));
  CHECK_FALSE(evaluation::learned(unsure));
  CHECK(evaluation::retention({unsure}) == 0);
  CHECK(evaluation::retention({unsure, losses(1, 0.6, 0.8)}) == Approx(0.5));
  // Gains 0.25 and 0.5: mean 0.375, standard error 0.125: exactly three.
  CHECK(evaluation::learned({{1, 1}, {0.75, 0.5}, {1, 1}}));
  CHECK_FALSE(evaluation::learned(losses(1, 1.2, 1.2)));
  CHECK_THROWS_AS(evaluation::gain_of({1}, {1}), std::invalid_argument);
  CHECK_THROWS_AS(evaluation::gain_of({1, 1}, {1, 1, 1}), std::invalid_argument);
}

TEST_CASE("confusion tells how often a thing is taken for another") {
  evaluation::Confusion confusion(3);
  for (int i = 0; i < 3; ++i) confusion.add(0, 0);
  confusion.add(0, 1);
  confusion.add(1, 1);
  confusion.add(2, 2);
  confusion.add(2, 0);
  CHECK(confusion.share(0, 1) == 0.25);
  CHECK(confusion.share(1, 1) == 1);
  CHECK(confusion.identity_accuracy() == Approx(5.0 / 7));
  CHECK(evaluation::Confusion(2).identity_accuracy() == 1);
  CHECK(evaluation::Confusion(2).share(0, 1) == 0);
  CHECK_THROWS(confusion.add(3, 0));
}
