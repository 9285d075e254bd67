#include "executor/describe.h"

#include <catch2/catch.hpp>
#include <fstream>

#include "executor/error.h"
#include "executor/files/temporary_folder.h"
#include "executor/load.h"

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

TEST_CASE("a description written by hand leaves out what is usual") {
  const Plugin table = executor::from_json(
      R"({"name": "louder", "handlers": [{"accepts": "text.v1"}],
          "params": [{"name": "rate", "type": "float", "default": 1, "max": 3}]})");
  CHECK(table.abi == executor::kAbi);
  CHECK(table.silence_ms == Plugin().silence_ms);
  CHECK(table.idempotent);
  CHECK(table.hears_end);
  CHECK(table.handlers.at(0).emits.empty());
  CHECK(table.calls.empty());
  CHECK(std::holds_alternative<double>(table.params.at(0).default_value));
  // By meaning: the same written in full, in another order.
  CHECK(executor::to_json(executor::from_json(executor::to_json(table))) ==
        executor::to_json(table));
}

TEST_CASE("a description file is described without a library") {
  const files::TemporaryFolder folder;
  const auto file = folder.path() / "louder.json";
  const auto describe_as = [&file](const std::string& text) {
    std::ofstream(file) << text;
    return executor::describe(file);
  };
  CHECK(describe_as(R"({"name": "louder", "handlers": []})").name == "louder");
  CHECK_THROWS_WITH(describe_as(R"({"handlers": []})"), Catch::Contains("louder.json"));
  CHECK_THROWS_WITH(describe_as(R"({"abi": 1, "name": "a", "handlers": []})"),
                    Catch::Contains("louder.json has the plugin abi 1"));
  CHECK(executor::find_plugin("louder.json", folder.path()) == file);
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
