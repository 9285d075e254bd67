#include "evaluation/heat_map.h"

#include <catch2/catch.hpp>

namespace {

evaluation::HeatMap map() {
  return {.title = "kept & lost",
          .rows = {"dog-a", "<b>"},
          .columns = {"task 1", "task 2"},
          .cells = {{1.0, 0.25}, {std::nullopt, 0.5}}};
}

}  // namespace

TEST_CASE("colours go from red over white to green, and stay there beyond the ends") {
  CHECK(evaluation::colour_of(0, 0, 1) == 0xd6604d);
  CHECK(evaluation::colour_of(0.5, 0, 1) == 0xf7f7f7);
  CHECK(evaluation::colour_of(1, 0, 1) == 0x5aae61);
  CHECK(evaluation::colour_of(7, 0, 1) == 0x5aae61);
  CHECK(evaluation::colour_of(-7, 0, 1) == 0xd6604d);
  CHECK(evaluation::colour_of(0.1, 0.9, 0.1) == 0x5aae61);  // losses: less is better
  CHECK(evaluation::colour_of(3, 1, 1) == 0x5aae61);
}

TEST_CASE("a heat map as a page names things and tasks, escaped, and leaves gaps empty") {
  const auto page = evaluation::html_of(map());
  CHECK(page.find("<h1>kept &amp; lost</h1>") != std::string::npos);
  CHECK(page.find("<th>&lt;b&gt;<td></td><td") != std::string::npos);
  CHECK(page.find("<th>task 2") != std::string::npos);
  CHECK(page.find("\">0.25</td>") != std::string::npos);
}

TEST_CASE("a heat map is a PNG too") {
  CHECK(evaluation::png_of(map()).substr(1, 3) == "PNG");
  CHECK(evaluation::png_of({.title = "nothing", .rows = {}, .columns = {}, .cells = {}}).size() >
        8);
}
