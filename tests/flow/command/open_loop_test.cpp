#include "flow/command/open_loop.h"

#include <catch2/catch.hpp>

#include "executor/error.h"

using flow::command::kMaxRequests;
using flow::command::LoadPlan;
using flow::command::quantile;

TEST_CASE("a plan has rate times seconds requests, one at least, up to the limit and no more") {
  LoadPlan plan;
  plan.rate_per_s = 200;
  plan.seconds = 0.5;
  CHECK(plan.requests() == 100);
  plan.rate_per_s = 1;
  plan.seconds = 0.99;
  CHECK_THROWS_AS(plan.requests(), executor::Error);
  plan.seconds = static_cast<double>(kMaxRequests);
  CHECK(plan.requests() == kMaxRequests);
  plan.seconds += 1;
  CHECK_THROWS_AS(plan.requests(), executor::Error);
}

TEST_CASE("a quantile is the value below which that share lies") {
  std::vector<double> values;
  for (int i = 100; i >= 0; --i) values.push_back(i);
  CHECK(quantile(values, 0) == 0);
  CHECK(quantile(values, 0.5) == 50);
  CHECK(quantile(values, 0.99) == 99);
  CHECK(quantile(values, 1) == 100);
  CHECK(quantile({}, 0.5) == 0);
}
