#include "schemas/nearest.h"

#include <catch2/catch.hpp>

TEST_CASE("swapped neighbours are one edit") {
  CHECK(schemas::edit_distance("trianer", "trainer") == 1);
  CHECK(schemas::edit_distance("", "abc") == 3);
  CHECK(schemas::edit_distance("same", "same") == 0);
}

TEST_CASE("the nearest name is offered, and none when no name is near") {
  const std::vector<std::string> known{"trainer", "sampler", "encoder"};
  CHECK(schemas::did_you_mean("trianer", known) == " (did you mean 'trainer'?)");
  CHECK(schemas::did_you_mean("xyzzyxyzzy", known).empty());
  CHECK(schemas::did_you_mean("trainer", {}).empty());
}

TEST_CASE("a name too long to be a typo costs no time") {
  CHECK(schemas::did_you_mean(std::string(10'000'000, 'a'), {"trainer"}).empty());
}
