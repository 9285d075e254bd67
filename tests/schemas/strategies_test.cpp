#include "schemas/strategies.h"

#include <catch2/catch.hpp>

TEST_CASE("a hint lists every strategy") {
  CHECK(schemas::list_of_strategies() ==
        "general, interpolation, big, adaptive, distillation, prototype, dreambooth or plain");
  CHECK(schemas::strategies().size() == 8);
}
