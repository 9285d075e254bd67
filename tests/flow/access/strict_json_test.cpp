#include "flow/access/strict_json.h"

#include <catch2/catch.hpp>

#include "flow/access/base64url.h"

using flow::access::from_base64url;
using flow::access::parse_object;
using flow::access::to_base64url;

TEST_CASE("an object with a key twice, at any depth, is none") {
  CHECK(parse_object(R"({"a":1,"b":{"a":2}})"));
  CHECK_FALSE(parse_object(R"({"a":1,"a":1})"));
  CHECK_FALSE(parse_object(R"({"a":{"b":1,"b":2}})"));
  CHECK_FALSE(parse_object(R"({"a":[{"b":1,"b":2}]})"));
  CHECK(parse_object(R"({"a":[{"b":1},{"b":2}]})"));
}

TEST_CASE("what is not one object is none") {
  for (const char* text :
       {"", "null", "1", "[]", "{}{}", "{} x", "{", R"({"a":})", "{\"a\":1,}", "\xff"}) {
    CHECK_FALSE(parse_object(text));
  }
}

TEST_CASE("an object may be nested 16 deep and no deeper") {
  const auto nested = [](std::size_t depth) {
    std::string text = "1";
    for (std::size_t i = 0; i < depth; ++i) text = R"({"a":)" + text + "}";
    return text;
  };
  CHECK(parse_object(nested(flow::access::kMaxJsonDepth)));
  CHECK_FALSE(parse_object(nested(flow::access::kMaxJsonDepth + 1)));
  CHECK_FALSE(parse_object(nested(10'000)));
}

TEST_CASE("each byte string has one text in base64url, and no other is read") {
  for (std::size_t size = 0; size < 9; ++size) {
    std::string bytes;
    for (std::size_t i = 0; i < size; ++i) bytes += static_cast<char>(0xf9 + 37 * i);
    CHECK(from_base64url(to_base64url(bytes)) == bytes);
  }
  CHECK(from_base64url("Zg") == "f");
  CHECK_FALSE(from_base64url("Zh"));    // the same byte, with bits behind it
  CHECK_FALSE(from_base64url("Zg=="));  // padding
  CHECK_FALSE(from_base64url("Z"));
  CHECK_FALSE(from_base64url("+/"));
  CHECK_FALSE(from_base64url("Z g"));
}
