#include "executor/files/json_text.h"

#include <catch2/catch.hpp>
#include <string>

#include "executor/files/file_error.h"

using files::parse_json;

namespace {

std::string nested(std::size_t levels) {
  return std::string(levels, '[') + std::string(levels, ']');
}

std::string wide(std::size_t values) {
  std::string text = "[0";
  for (std::size_t i = 1; i < values; ++i) text += ",0";
  return text + "]";
}

}  // namespace

TEST_CASE("JSON is read as it is") {
  const auto json = parse_json(R"({"a": [1, -2, 3.5, true, null, "x"], "b": {}})");
  CHECK(json.dump() == R"({"a":[1,-2,3.5,true,null,"x"],"b":{}})");
}

TEST_CASE("JSON at each limit is read, and one past it is refused with the limit") {
  const files::JsonLimits limits{.bytes = 100, .values = 10, .levels = 5};
  CHECK_NOTHROW(parse_json(nested(5), limits));
  CHECK_THROWS_WITH(parse_json(nested(6), limits), "nests deeper than 5 levels");
  CHECK_NOTHROW(parse_json(wide(9), limits));  // and the list itself
  CHECK_THROWS_WITH(parse_json(wide(10), limits), "has more than 10 values");
  CHECK_NOTHROW(parse_json('"' + std::string(98, 'x') + '"', limits));
  CHECK_THROWS_WITH(parse_json('"' + std::string(99, 'x') + '"', limits),
                    "has 101 bytes, more than the 100 that are read");
}

TEST_CASE("the limits that hold for files are met exactly") {
  const files::JsonLimits limits;
  CHECK_NOTHROW(parse_json(nested(limits.levels)));
  CHECK_THROWS_AS(parse_json(nested(limits.levels + 1)), files::Error);
  CHECK_NOTHROW(parse_json(wide(limits.values - 1)));
  CHECK_THROWS_AS(parse_json(wide(limits.values)), files::Error);
}

TEST_CASE("what is no JSON, or more than one, is refused with the place") {
  for (const char* text : {"", "{", "[1,]", "{\"a\":1}x", "nul", "\"\xff\"", "1e999", "[1}"}) {
    CHECK_THROWS_WITH(parse_json(text), Catch::StartsWith("not JSON: "));
  }
}
