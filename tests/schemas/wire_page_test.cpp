#include <catch2/catch.hpp>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <regex>

#include "schemas/jobs.h"
#include "schemas/link.h"
#include "schemas/strategies.h"
#include "schemas/text.h"
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

// What the page says of a message, from "- `TYPE`" to the next one.
std::string entry_of(const std::string& type) {
  const std::string text = page();
  const auto begin = text.find("- `" + type + "`");
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find("\n- ", begin) - begin);
}

template <typename T>
void check_fields(const std::string& type) {
  const std::string entry = entry_of(type);
  for (const auto& field : schemas::fields_of<T>()) {
    INFO(type << " " << field);
    CHECK(std::regex_search(entry, std::regex("\\b" + field + "\\b")));
  }
}

}  // namespace

TEST_CASE("wire.md has every field of what each stage and each client meets") {
  check_fields<schemas::Hello>("hello.v1");
  check_fields<schemas::Welcome>("welcome.v1");
  check_fields<schemas::Text>("text.v1");
  check_fields<schemas::Control>("control.v1");
  check_fields<schemas::JobReport>("job_report.v1");
  check_fields<schemas::JobStatus>("job_report.v1");
  check_fields<schemas::JobNote>("job_report.v1");
  check_fields<schemas::Status>("status.v1");
  check_fields<schemas::StageStatus>("status.v1");
}

TEST_CASE("wire.md has the training options and the strategies as the code has them") {
  auto made = with_table(page(), "train_options", schemas::train_options_table());
  made = with_table(made, "strategies", schemas::strategies_table());
  const auto file = std::filesystem::temp_directory_path() / "souvenir-wire.md";
  if (made != page()) std::ofstream(file) << made;
  INFO("the page is behind the code: cp " << file << " " << WIRE_PAGE);
  CHECK(made == page());
}
