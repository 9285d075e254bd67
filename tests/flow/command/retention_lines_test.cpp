#include "flow/command/retention_lines.h"

#include <catch2/catch.hpp>

using flow::command::retention_line;

TEST_CASE("the retention of a thing is one line; under half it warns") {
  CHECK(retention_line({"sks", "dog", 0.35, 0.2, 0.206}) ==
        "retention: sks dog: loss 0.2060, 0.2000 when it was learned, 0.3500 before: 96 % kept");
  CHECK(retention_line({"sks", "dog", 1, 0.5, 0.75}).rfind("retention: ", 0) == 0);
  CHECK(retention_line({"sks", "dog", 1, 0.5, 0.76}, "do so").ends_with("; do so"));
  const auto warning = retention_line({"sks", "dog", 1, 0.5, 0.76});
  CHECK(warning.rfind("warning: sks dog", 0) == 0);
  CHECK(warning.find("48 % kept") != warning.npos);
}

TEST_CASE("a thing that was not learned has nothing to keep") {
  CHECK(retention_line({"sks", "dog", 0.2, 0.2, 0.3}).find("not learned") != std::string::npos);
  CHECK(flow::command::retention_json({{"sks", "dog", 0.2, 0.2, 0.3}})[0]["kept"].is_null());
  CHECK(flow::command::retention_json({{"sks", "dog", 2, 1, 1.5}})[0]["kept"] == 0.5);
}
