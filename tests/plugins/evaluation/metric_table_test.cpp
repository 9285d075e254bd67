#include "evaluation/metric_table.h"

#include <cstdlib>
#include <stdexcept>

#include "evaluation/sheet.h"
#include "executor/files/temporary_folder.h"
#include "tests/plugins/shared/pictures/made_pictures.h"

#include <catch2/catch.hpp>

TEST_CASE("a goal is reached at its bound, or not, as its sign says") {
  CHECK(evaluation::reached(0.85, ">= 0.85"));
  CHECK_FALSE(evaluation::reached(0.84, ">= 0.85"));
  CHECK_FALSE(evaluation::reached(0.5, "> 0.5"));
  CHECK(evaluation::reached(0.51, "> 0.5"));
  CHECK(evaluation::reached(90, "<= 90"));
  CHECK_FALSE(evaluation::reached(91, "<= 90"));
  CHECK(evaluation::reached(-1, ""));
  CHECK_THROWS_AS(evaluation::reached(1, "about 1"), std::invalid_argument);
}

TEST_CASE("the table says of every figure whether its goal is reached") {
  const auto text = evaluation::markdown_of(
      {{"vae", "error", 0.0312, "<= 0.05", "9 pictures"}, {"vae", "time", 3, "", ""}});
  CHECK(text.find("| vae: error | 0.0312 | <= 0.05 | yes | 9 pictures |") != std::string::npos);
  CHECK(text.find("| vae: time | 3 |  |  |  |") != std::string::npos);
}

TEST_CASE("the figures of a part are kept, and none are there before") {
  const files::TemporaryFolder temporary;
  const auto& folder = temporary.path();
  CHECK(evaluation::kept(folder, "vae").empty());
  evaluation::keep(folder, "vae", {{"vae", "error", 0.5, "<= 1", "here"}});
  const auto kept = evaluation::kept(folder, "vae");
  REQUIRE(kept.size() == 1);
  CHECK(kept[0].part == "vae");
  CHECK(kept[0].value == 0.5);
  CHECK(kept[0].detail == "here");
}

TEST_CASE("the difference of two pictures is that of their colours in [-1, 1]") {
  const schemas::Blob dark(made::plain("png", 40, 40, 0, 0, 0));
  const schemas::Blob light(made::plain("png", 40, 40, 255, 0, 0));
  CHECK(evaluation::mean_difference(dark, dark) == 0);
  CHECK(evaluation::mean_difference(dark, light) == Approx(2.0 / 3));
}

TEST_CASE("sheets and charts are PNG files") {
  const schemas::Blob picture(made::plain("png", 64, 64));
  CHECK(evaluation::sheet_of({{picture, "a"}, {picture, "b"}, {picture, "c"}}, 2).substr(1, 3) ==
        "PNG");
  CHECK(evaluation::chart_of({{0, 1}, {10, 0.5}, {20, 0.5}}, "loss").substr(1, 3) == "PNG");
}
