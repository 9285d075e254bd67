#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "schemas/strategies.h"
#include "schemas/train_option_table.h"

namespace {

std::string page() {
  std::ifstream file(WIRE_PAGE);
  return {std::istreambuf_iterator<char>(file), {}};
}

// The page with `table` in the place of what stands between the marks of that name.
std::string with_table(std::string text, const std::string& name, const std::string& table) {
  const auto begin_mark = "<!-- " + name + ": made from the code -->\n";
  const auto begin = text.find(begin_mark), end = text.find("<!-- end of " + name + " -->");
  REQUIRE(begin != std::string::npos);
  REQUIRE(end != std::string::npos);
  const auto from = begin + begin_mark.size();
  return text.replace(from, end - from, table);
}

}  // namespace

TEST_CASE("wire.md has the training options and the strategies as the code has them") {
  auto made = with_table(page(), "train_options", schemas::train_options_table());
  made = with_table(made, "strategies", schemas::strategies_table());
  const auto file = std::filesystem::temp_directory_path() / "souvenir-wire.md";
  if (made != page()) std::ofstream(file) << made;
  INFO("the page is behind the code: cp " << file << " " << WIRE_PAGE);
  CHECK(made == page());
}
