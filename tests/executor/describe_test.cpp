#include "executor/describe.h"

#include <catch2/catch.hpp>

#include "executor/error.h"

using executor::Plugin;

namespace {

Plugin sampler_like() {
  Plugin plugin;
  plugin.name = "sampler";
  plugin.help = "Says \"batches\"";
  plugin.handlers = {{"encoded.v1", {"training.v1", "batch.v1"}, true}, {"text.v1", {}, false}};
  plugin.calls = {{"/prior", "prior.v1", "latents.v1"}};
  plugin.params = {{"batch", std::int64_t{2}, "N", 1, 64},
                   {"rate", 1.0, "a float that looks whole"},
                   {"name", std::string("x"), ""},
                   {"loud", true, ""}};
  plugin.gpu = true;
  plugin.idempotent = false;
  plugin.batches = true;
  plugin.silence_ms = 120'000;
  plugin.hears_end = false;
  plugin.reads = {"store/"};
  plugin.writes = {"cache/", "words.db"};
  return plugin;
}

}  // namespace

TEST_CASE("a description read back is the plugin's table") {
  const std::string text = executor::to_json(sampler_like());
  const Plugin back = executor::from_json(text);
  CHECK(executor::to_json(back) == text);
  CHECK(back.handlers.at(0).emits == std::vector<std::string>{"training.v1", "batch.v1"});
  CHECK(back.handlers.at(0).stream);
  CHECK(back.calls.at(0).returns == "latents.v1");
  CHECK(back.params.at(0).max == 64);
  CHECK(std::holds_alternative<double>(back.params.at(1).default_value));
  CHECK(back.batches);
  CHECK(back.silence_ms == 120'000);
  CHECK_FALSE(back.hears_end);
  CHECK(back.reads == std::vector<std::string>{"store/"});
  CHECK(back.writes == std::vector<std::string>{"cache/", "words.db"});
  CHECK(back.create == nullptr);
}

TEST_CASE("a description that is none is refused") {
  for (const char* text : {"", "{", "[]", "7", "{}", R"({"abi": "one"})"}) {
    CAPTURE(text);
    CHECK_THROWS_AS(executor::from_json(text), executor::Error);
  }
}

TEST_CASE("a number that does not fit a description is refused by name") {
  const std::string text = executor::to_json(sampler_like());
  const std::string silence = "\"silence_ms\":120000";
  REQUIRE(text.find(silence) != std::string::npos);
  const auto with = [&](const std::string& number) {
    return std::string(text).replace(text.find(silence), silence.size(),
                                     "\"silence_ms\":" + number);
  };
  CHECK(executor::from_json(with("4294967295")).silence_ms == 4294967295);
  for (const char* number : {"4294967296", "-1", "1.5", "7e35", "777777777777777777777777"}) {
    CAPTURE(number);
    CHECK_THROWS_WITH(executor::from_json(with(number)), Catch::Contains("silence_ms"));
  }
}
