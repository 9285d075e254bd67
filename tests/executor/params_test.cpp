#include "executor/params.h"

#include <catch2/catch.hpp>

#include "executor/error.h"

using executor::Error;
using executor::Param;
using executor::Params;

namespace {

const std::vector<Param> kDeclared{
    {.name = "batch", .default_value = std::int64_t{2}, .help = "", .min = 1, .max = 64},
    {.name = "rate", .default_value = 0.5, .help = "", .min = 0, .max = 1},
    {.name = "suffix", .default_value = "!", .help = ""},
    {.name = "loud", .default_value = false, .help = ""}};

}  // namespace

TEST_CASE("parameters have their defaults until the flow file sets them") {
  const Params params(kDeclared, {{"batch", std::int64_t{7}}});
  CHECK(params.get<std::int64_t>("batch") == 7);
  CHECK(params.get<double>("rate") == 0.5);
  CHECK(params.get<std::string>("suffix") == "!");
  CHECK_FALSE(params.get<bool>("loud"));
}

TEST_CASE("an int fits a float parameter, and nothing else fits another type") {
  CHECK(Params(kDeclared, {{"rate", std::int64_t{1}}}).get<double>("rate") == 1.0);
  CHECK_THROWS_WITH(Params(kDeclared, {{"batch", 1.0}}), Catch::Contains("expected int"));
  CHECK_THROWS_AS(Params(kDeclared, {{"batch", "1"}}), Error);
  CHECK_THROWS_AS(Params(kDeclared, {{"loud", std::int64_t{1}}}), Error);
  CHECK_THROWS_AS(Params(kDeclared, {{"suffix", true}}), Error);
}

TEST_CASE("a range holds at both ends and refuses one past them") {
  for (const std::int64_t good : {1, 64}) CHECK_NOTHROW(Params(kDeclared, {{"batch", good}}));
  for (const std::int64_t bad : {0, 65}) {
    CHECK_THROWS_WITH(Params(kDeclared, {{"batch", bad}}), Catch::Contains("expected 1 to 64"));
  }
  CHECK_THROWS_AS(Params(kDeclared, {{"rate", std::numeric_limits<double>::quiet_NaN()}}), Error);
}

TEST_CASE("an undeclared parameter is refused with the nearest name") {
  CHECK_THROWS_WITH(Params(kDeclared, {{"bacth", std::int64_t{1}}}),
                    Catch::Contains("did you mean 'batch'?"));
}

TEST_CASE("a plugin that reads an undeclared parameter or type is told at once") {
  const Params params(kDeclared, {});
  CHECK_THROWS_AS(params.get<bool>("batch"), std::logic_error);
  CHECK_THROWS_AS(params.get<bool>("nothing"), std::logic_error);
}
