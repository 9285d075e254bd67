#include "registry/prompt_words.h"

#include <catch2/catch.hpp>

using registry::has_word;
using registry::with_category;

TEST_CASE("an identifier is found as a whole word alone, in any case") {
  CHECK(has_word("a sks dog", "sks"));
  CHECK(has_word("SKS", "sks"));
  CHECK(has_word("my (sks), at dawn", "sks"));
  CHECK(has_word("sks-dog", "sks"));
  CHECK_FALSE(has_word("a sksy dog", "sks"));
  CHECK_FALSE(has_word("desks", "sks"));
  CHECK_FALSE(has_word("sks2", "sks"));
  CHECK_FALSE(has_word("\xc3\xa9sks", "sks"));
  CHECK_FALSE(has_word("", "sks"));
  CHECK_FALSE(has_word("sk", "sks"));
}

TEST_CASE("the category follows its identifier once") {
  CHECK(with_category("a sks on the moon", "sks", "dog") == "a sks dog on the moon");
  CHECK(with_category("a sks dog on the moon", "sks", "dog") == "a sks dog on the moon");
  CHECK(with_category("a SKS Dog", "sks", "dog") == "a SKS Dog");
  CHECK(with_category("sks", "sks", "dog") == "sks dog");
  CHECK(with_category("sks, sks dog and sks", "sks", "dog") == "sks dog, sks dog and sks dog");
  CHECK(with_category("two sks dogs", "sks", "dog") == "two sks dogs");
  CHECK(with_category("a sks dogma", "sks", "dog") == "a sks dog dogma");
  CHECK(with_category("a sks  teddy bear", "sks", "teddy bear") == "a sks  teddy bear");
  CHECK(with_category("desks", "sks", "dog") == "desks");
}

TEST_CASE("words are runs of letters and digits in lower case") {
  CHECK(registry::words_of("Service-Dog 7, dog") == std::set<std::string>{"service", "dog", "7"});
}
