#include "memory/heat_map.h"

#include <catch2/catch.hpp>

namespace {

memory::HeatMap map() {
  return {.title = "kept & lost",
          .rows = {"dog-a", "<b>"},
          .columns = {"task 1", "task 2"},
          .cells = {{1.0, 0.25}, {std::nullopt, 0.5}}};
}

}  // namespace

TEST_CASE("colours go from red over white to green, and stay there beyond the ends") {
  CHECK(memory::colour_of(0, 0, 1) == 0xd6604d);
  CHECK(memory::colour_of(0.5, 0, 1) == 0xf7f7f7);
  CHECK(memory::colour_of(1, 0, 1) == 0x5aae61);
  CHECK(memory::colour_of(7, 0, 1) == 0x5aae61);
  CHECK(memory::colour_of(-7, 0, 1) == 0xd6604d);
  CHECK(memory::colour_of(0.1, 0.9, 0.1) == 0x5aae61);  // losses: less is better
  CHECK(memory::colour_of(3, 1, 1) == 0x5aae61);
}

TEST_CASE("a heat map as a page names things and tasks, escaped, and leaves gaps empty") {
  const auto page = memory::html_of(map());
  CHECK(page.find("<h1>kept &amp; lost</h1>") != std::string::npos);
  CHECK(page.find("<th>&lt;b&gt;<td></td><td") != std::string::npos);
  CHECK(page.find("<th>task 2") != std::string::npos);
  CHECK(page.find("\">0.25</td>") != std::string::npos);
}

TEST_CASE("a heat map is a PNG too") {
  CHECK(memory::png_of(map()).substr(1, 3) == "PNG");
  CHECK(memory::png_of({.title = "nothing", .rows = {}, .columns = {}, .cells = {}}).size() > 8);
}
