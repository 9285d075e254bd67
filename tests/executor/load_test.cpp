#include "executor/load.h"

#include <dlfcn.h>
#include <zmq.h>

#include <catch2/catch.hpp>
#include <cstdlib>

#include "executor/describe.h"
#include "executor/error.h"
#include "schemas/text.h"
#include "tests/fakes.h"

TEST_CASE("a plugin is loaded, made and run without a host") {
  const auto& plugin = executor::load_plugin(PLUGINS "/shout.so");
  CHECK(plugin.name == "shout");
  CHECK(&plugin == &executor::load_plugin(PLUGINS "/shout.so"));
  const auto shout = plugin.create({.params = {plugin.params, {{"suffix", "?"}}}, .name = "s"});
  tests::RecordingOutbox out;
  shout->process(schemas::Message::of(schemas::Text{"dog"}), out);
  REQUIRE(out.sent.size() == 1);
  CHECK(out.sent[0].as<schemas::Text>().text == "dog?");
}

namespace {

struct Plain : executor::Executor {
  void process(const schemas::Message&, executor::Outbox&) override {}
};
struct Listener : Plain {
  void ended(const std::string&, executor::Outcome) override {}
};
struct Heir : Listener {};

}  // namespace

TEST_CASE("a table knows whether its executor hears how jobs end") {
  CHECK_FALSE(executor::kHasEnded<Plain>);
  CHECK(executor::kHasEnded<Listener>);
  CHECK(executor::kHasEnded<Heir>);
  CHECK_FALSE(executor::load_plugin(PLUGINS "/shout.so").hears_end);
}

TEST_CASE("the description beside a library is its table") {
  CHECK(executor::to_json(executor::describe(PLUGINS "/reverse.so")) ==
        executor::to_json(executor::load_plugin(PLUGINS "/reverse.so")));
}

TEST_CASE("a library that is missing, or no plugin, is refused by name") {
  CHECK_THROWS_WITH(executor::load_plugin("/nowhere/dog.so"), Catch::Contains("/nowhere/dog.so"));
  Dl_info library;  // of some library that is no plugin
  REQUIRE(::dladdr(reinterpret_cast<void*>(&::zmq_version), &library) != 0);
  CHECK_THROWS_WITH(executor::load_plugin(library.dli_fname),
                    Catch::Contains("is not a souvenir plugin"));
}

TEST_CASE("a plugin is found on the search path, and a typo gets the nearest name") {
  ::setenv("SOUVENIR_PLUGINS", "/nowhere:" PLUGINS, 1);
  CHECK(executor::find_plugin("shout", "/").filename() == "shout.so");
  CHECK(executor::find_plugin("./shout.so", PLUGINS).filename() == "shout.so");
  CHECK_THROWS_WITH(executor::find_plugin("shuot", "/"), Catch::Contains("did you mean 'shout'?"));
  CHECK_THROWS_AS(executor::find_plugin("./shuot.so", PLUGINS), executor::Error);
}
