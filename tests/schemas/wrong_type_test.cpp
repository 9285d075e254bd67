// A body with a value of the wrong type: the error names the field, however deep it lies.
#include <catch2/catch.hpp>
#include <map>

#include "schemas/finetune.h"
#include "schemas/generate.h"
#include "schemas/jobs.h"
#include "schemas/text.h"

namespace {

template <typename T, typename Field>
std::string refusal(const Field& fields) {
  try {
    schemas::unpack<T>(schemas::pack(fields));
  } catch (const schemas::CodecError& error) {
    return error.what();
  }
  return "";
}

template <typename V>
std::map<std::string, V> field(const std::string& name, const V& value) {
  return {{name, value}};
}

}  // namespace

TEST_CASE("a value of the wrong type is named with its field, what it is and what is expected") {
  CHECK(refusal<schemas::Text>(field("text", 3)) ==
        "text.v1: 'text' is a whole number, expected text");
  CHECK(refusal<schemas::Generate>(field("num_images", std::string("four"))) ==
        "generate.v1: 'num_images' is text, expected a whole number");
  CHECK(refusal<schemas::Generate>(field("width", 1.5)) ==
        "generate.v1: 'width' is a number with a fraction");
  CHECK(refusal<schemas::Finetune>(field("category", std::vector<int>{1})) ==
        "finetune.v1: 'category' is a list, expected text");
}

TEST_CASE("of two fields the wrong one is named") {
  const std::map<std::string, schemas::Value> body{{"prompt", std::string("a dog")},
                                                   {"grid", std::string("yes")}};
  CHECK(refusal<schemas::Generate>(body) == "generate.v1: 'grid' is text, expected true or false");
}

TEST_CASE("a key of any length or language is shown in a short and readable form") {
  using With = std::map<std::string, std::vector<int>>;
  const auto named = [](const std::string& key) {
    return refusal<schemas::Control>(field("with", With{{key, {1}}}));
  };
  CHECK(named("rate").starts_with("control.v1: 'with.rate' is a list"));
  CHECK(named(std::string(10'000, 'x')).size() < 120);
  CHECK(named("gr\xc3\xb6\xc3\x9f"
              "e")
            .starts_with("control.v1: 'with.gr????e' is"));
}

TEST_CASE("a wrong value inside a list or a map is named with its place") {
  using Inner = std::map<std::string, schemas::Value>;
  const std::map<std::string, std::vector<Inner>> jobs{
      {"jobs", {{{"id", std::string("j-1")}}, {{"step", std::string("x")}}}}};
  CHECK(refusal<schemas::JobReport>(jobs) == "job_report.v1: 'jobs[].step' is text");
  const std::map<std::string, std::vector<int>> numbers{{"jobs", {1}}};
  CHECK(refusal<schemas::JobReport>(numbers) == "job_report.v1: 'jobs[]' is a whole number");
}
