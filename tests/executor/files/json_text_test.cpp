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

// With its quotes.
std::string word_of(std::size_t bytes) {
  std::string text(bytes, 'x');
  text.front() = text.back() = '"';
  return text;
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
  CHECK_NOTHROW(parse_json(word_of(100), limits));
  CHECK_THROWS_WITH(parse_json(word_of(101), limits),
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

TEST_CASE("what is no JSON is said with its place, and with what was expected, in plain words") {
  const auto [text, said] = GENERATE(table<std::string, std::string>(
      {{"", "line 1, column 1: the text ends"},
       {"{", "line 1, column 2: the text ends, but a text in quotes was expected"},
       {"{\n  \"sample_size\"", "line 2, column 16: the text ends, but ':' was expected"},
       {"{\"a\": \"cut", "line 1, column 11: the text ends"},
       {"[1,\n]", "line 2, column 1: ']' stands there, but a value was expected"},
       {"{\"a\":1}x", "line 1, column 8: invalid literal, but the end was expected"},
       {"{\"a\":1} 2", "line 1, column 9: a number stands there, but the end was expected"},
       {"{1: 2}", "line 1, column 2: a number stands there, but a text in quotes was expected"},
       {"nul", "line 1, column 4: the text ends"},
       {"\"\xff\"", "line 1, column 2: invalid string: ill-formed UTF-8 byte"},
       {"1e999", "line 1, column 5: number overflow parsing '1e999'"},
       {"[1}", "line 1, column 3: '}' stands there, but ']' was expected"}}));
  CAPTURE(text);
  CHECK_THROWS_WITH(parse_json(text),
                    Catch::StartsWith("not JSON: " + said) && !Catch::Contains("json.exception"));
}

TEST_CASE("what is wrong with a text is short, however long its words are") {
  for (const char letter : {'1', 'x'}) {
    std::string text(10'000, letter), said;
    text.append("e999");
    try {
      parse_json(text);
    } catch (const files::Error& error) {
      said = error.what();
    }
    CHECK(said.starts_with("not JSON: line 1"));
    CHECK(said.size() < 200);
  }
}

TEST_CASE("what is wrong with a text is not cut inside a letter") {
  const std::string letters = "\xE2\x82\xAC\xE2\x82\xAC";  // of three bytes each
  for (int before = 0; before < 3; ++before) {
    std::string key(static_cast<std::size_t>(before), 'x');
    for (int i = 0; i < 50; ++i) key += letters;
    try {
      parse_json("{}").at(key);
      FAIL("the key is there");
    } catch (const nlohmann::json::exception& error) {
      const auto said = files::wrong_type(error);
      CAPTURE(before, said);
      CHECK(said.size() < 140);
      CHECK(said.find("\xAC...\" is missing") != said.npos);
    }
  }
}

TEST_CASE("a value of another kind is said in plain words") {
  const auto said = [](const auto& read) {
    try {
      read();
    } catch (const nlohmann::json::exception& error) {
      return files::wrong_type(error);
    }
    return std::string("nothing");
  };
  const auto json = parse_json(R"({"a": 1, "b": [], "c": {}})");
  CHECK(said([&] { json.at("a").get<std::string>(); }) ==
        "a value must be a text, but is a number");
  CHECK(said([&] { json.at("b").get<bool>(); }) == "a value must be true or false, but is a list");
  CHECK(said([&] { json.at("c").get<int>(); }) == "a value must be a number, but is an object");
  CHECK(said([&] { json.at("d"); }) == "the key \"d\" is missing");
  CHECK(said([&] { json.at("a").at("d"); }) == "a value is of another kind than it must be");
}

TEST_CASE("an error with a remedy tells both, together and apart") {
  const files::Error both("the disk is full", "free some space");
  CHECK(both.what() == std::string("the disk is full; free some space"));
  CHECK(both.cause() == "the disk is full");
  CHECK(both.remedy() == "free some space");
  const files::Error one("the disk is full; free some space");
  CHECK(one.cause() == "the disk is full; free some space");
  CHECK(one.remedy().empty());
}
