#include "flow/gateway/job_key.h"

#include <catch2/catch.hpp>

#include "schemas/generate.h"

TEST_CASE("a field of a message is named by its path through the maps in it") {
  schemas::Draw draw;
  draw.settings.version = "v-1";
  draw.settings.num_inference_steps = 30;
  const auto body = schemas::pack(draw);
  CHECK(flow::values_of({"settings.version", "settings.num_inference_steps"}, body) ==
        "v-1\x1f"
        "30\x1f");
  for (const char* absent :
       {"version", "settings.none", "settings.version.more", "tensors.version", "none.version"}) {
    INFO(absent);
    CHECK(flow::values_of({absent}, body) == "\x1f");
  }
}
