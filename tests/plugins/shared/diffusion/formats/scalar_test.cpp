#include "diffusion/formats/scalar.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <string>

using diffusion::scalar_of;

TEST_CASE("a number is read from its bytes by its type") {
  const auto half = [](const char* two) { return *scalar_of("F16", {two, 2}); };
  CHECK(half("\x00\x3c") == 1);
  CHECK(half("\x00\xc0") == -2);
  CHECK(half("\x01\x00") == std::ldexp(1, -24));
  CHECK(half("\xff\x03") == std::ldexp(1023, -24));
  CHECK(half("\xff\x7b") == 65504);
  CHECK(half("\x00\x7c") == INFINITY);
  CHECK(std::isnan(half("\x01\x7c")));
  CHECK(scalar_of("BF16", {"\x80\x3f", 2}) == 1);
  CHECK(scalar_of("F32", {"\x00\x00\x80\xbf", 4}) == -1);
  CHECK(scalar_of("F64", {"\x00\x00\x00\x00\x00\x00\xf0\x3f", 8}) == 1);
  CHECK(scalar_of("I32", {"\xff\xff\xff\xff", 4}) == -1);
  CHECK(scalar_of("I64", {"\x08\x00\x00\x00\x00\x00\x00\x00", 8}) == 8);
}

TEST_CASE("no number is read from other bytes") {
  for (const char* dtype : {"F64", "F32", "F16", "BF16", "I64", "I32"}) {
    CHECK_FALSE(scalar_of(dtype, ""));
    CHECK_FALSE(scalar_of(dtype, std::string(3, '\0')));
    CHECK_FALSE(scalar_of(dtype, std::string(16, '\0')));
  }
  for (const char* dtype : {"BOOL", "U8", "F8_E4M3", ""}) {
    CHECK_FALSE(scalar_of(dtype, std::string(1, '\0')));
    CHECK_FALSE(scalar_of(dtype, std::string(2, '\0')));
    CHECK_FALSE(scalar_of(dtype, std::string(8, '\0')));
  }
}
