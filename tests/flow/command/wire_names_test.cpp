#include "flow/command/wire_names.h"

#include <catch2/catch.hpp>

using flow::command::with_options;

TEST_CASE("fields of a request are told as the options that set them") {
  CHECK(with_options("say which: target_model private") == "say which: --target-model private");
  CHECK(with_options("leave out 'target_model'") == "leave out --target-model");
  CHECK(with_options("num_images, target_model") == "--num-images, --target-model");
}

TEST_CASE("other words, options, endpoints and paths stay") {
  for (const std::string text :
       {"", "use private_meta or meta", "/admin/retrain_model", "--target-model", "a/target_model",
        "serial = [\"target_model\"]", "target_models", "the prompt"}) {
    CHECK(with_options(text) == text);
  }
}
