#include "executor/files/random_id.h"

#include <catch2/catch.hpp>
#include <set>
#include <string>

TEST_CASE("a random id is its prefix and 16 hexadecimal digits, and does not come again") {
  std::set<std::string> seen;
  for (int turn = 0; turn < 1000; ++turn) {
    const auto id = files::random_id("j-");
    REQUIRE(id.size() == 18);
    CHECK(id.starts_with("j-"));
    CHECK(id.find_first_not_of("0123456789abcdef", 2) == id.npos);
    CHECK(seen.insert(id).second);
  }
}
