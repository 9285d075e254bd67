#include "diffusion/formats/original_yaml.h"

#include <catch2/catch.hpp>

#include "copied_model.h"
#include "executor/files/temporary_folder.h"

namespace tests {

using diffusion::prediction_in_yaml;

TEST_CASE("what a model predicts is read from the yaml beside it as YAML") {
  const auto [value, prediction] = GENERATE(
      table<std::string, std::string>({{"parameterization: v", "v_prediction"},
                                       {"parameterization: \"v\"", "v_prediction"},
                                       {"parameterization: 'eps'  # not v", "epsilon"},
                                       {"parameterization: eps", "epsilon"},
                                       {"\"parameterization\" : v", "v_prediction"},
                                       {"parameterization: x0", "sample"},
                                       {"# parameterization: v\n    linear_start: 0.1", "epsilon"},
                                       {"note: \"parameterization: v\"", "epsilon"},
                                       {"other: {parameterization: v}", "epsilon"}}));
  const files::TemporaryFolder folder;
  put_file(folder / "m.yaml", "model:\n  target: ldm\n  params:\n    " + value + "\n");
  CHECK(prediction_in_yaml(folder / "m.yaml") == prediction);
  CHECK(diffusion::yaml_beside(folder / "m.safetensors") == folder / "m.yaml");
}

TEST_CASE("a yaml without the key is the original's default, and flow style is YAML too") {
  const files::TemporaryFolder folder;
  for (const char* text : {"", "model: {}", "a: 1", "model:\n  params:\n"}) {
    put_file(folder / "m.yaml", text);
    CHECK(prediction_in_yaml(folder / "m.yaml") == "epsilon");
  }
  put_file(folder / "m.yaml", "{model: {params: {parameterization: v}}}");
  CHECK(prediction_in_yaml(folder / "m.yaml") == "v_prediction");
}

TEST_CASE("what is no configuration is refused by the yaml's name, up to its largest size") {
  const files::TemporaryFolder folder;
  const auto file = folder / "m.yaml";
  const std::vector<std::string> wrong = {"{ [",
                                          "a:\tb: [}",
                                          std::string(100'000, '['),
                                          "model: {params: {parameterization: w}}",
                                          "model: {params: {parameterization: [v]}}",
                                          std::string(diffusion::kMaxYamlBytes + 1, '#')};
  for (const auto& text : wrong) {
    put_file(file, text);
    CHECK_THAT(thrown_by([&] { prediction_in_yaml(file); }), Catch::Contains("m.yaml"));
  }
  put_file(file, std::string(diffusion::kMaxYamlBytes, '#'));
  CHECK(prediction_in_yaml(file) == "epsilon");
}

}  // namespace tests
