#include "schemas/utf8.h"

#include <catch2/catch.hpp>

TEST_CASE("well-formed text of every length is accepted") {
  for (const char* text : {"", "dog", "\xc3\xb6", "\xe2\x82\xac", "\xf0\x9f\x90\x95",
                           "\xf4\x8f\xbf\xbf", "\xed\x9f\xbf"}) {
    CAPTURE(text);
    CHECK(schemas::is_utf8(text));
  }
}

TEST_CASE("overlong, surrogate, cut and stray bytes are refused") {
  for (const char* text : {"\xc0\x80", "\xc1\xbf", "\xe0\x80\x80", "\xed\xa0\x80",
                           "\xf0\x80\x80\x80", "\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\x80",
                           "\xc3", "\xe2\x82", "\xff", "a\xf0\x9f\x90"}) {
    CAPTURE(text);
    CHECK_FALSE(schemas::is_utf8(text));
  }
}
