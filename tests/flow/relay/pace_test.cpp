#include "flow/relay/pace.h"

#include <catch2/catch.hpp>

using namespace flow::relay;

TEST_CASE("a pace gives so much in a window, and one past it in the next") {
  Pace pace(3);
  const Time begin{std::chrono::seconds(100)};
  for (int i = 0; i < 3; ++i) {
    REQUIRE(pace.has_room(begin + std::chrono::milliseconds(i)));
    pace.take(1);
  }
  CHECK_FALSE(pace.has_room(begin + kWindow - std::chrono::nanoseconds(1)));
  CHECK(pace.window() == begin);
  CHECK(pace.has_room(begin + kWindow));
  CHECK(pace.window() == begin + kWindow);
}

TEST_CASE("the last one of a window may take more than is left, and the next window is whole") {
  Pace pace(3);
  const Time begin{std::chrono::seconds(100)};
  REQUIRE(pace.has_room(begin));
  pace.take(1'000);
  CHECK_FALSE(pace.has_room(begin));
  CHECK(pace.has_room(begin + kWindow));
}
