#include <catch2/catch.hpp>

#include "executor/plugin.h"

extern "C" const executor::Plugin* souvenir_plugin();

TEST_CASE("a route lets into storage only what it names") {
  const auto& handlers = souvenir_plugin()->handlers;
  REQUIRE(handlers.size() == 6);
  for (const auto& handler : handlers) {
    INFO(handler.accepts);
    CHECK(handler.has_to_be_listed);
  }
}
