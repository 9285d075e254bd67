#include "schemas/words.h"

#include <catch2/catch.hpp>
#include <vector>

TEST_CASE("of many texts the first few are told, and how many there are beside them") {
  const std::vector<std::string> texts = {"a", "b", "c"};
  CHECK(schemas::first_few(texts, 3) == "a; b; c");
  CHECK(schemas::first_few(texts, 2) == "a; b; and 1 more");
  CHECK(schemas::first_few(texts, 1, ", ") == "a, and 2 more");
  CHECK(schemas::first_few({}, 2).empty());
}

TEST_CASE("the words of a text are its runs of letters and digits, in small letters") {
  CHECK(schemas::words_of("Service-Dog 7, dog") == std::set<std::string>{"service", "dog", "7"});
  CHECK(schemas::words_of("").empty());
}
