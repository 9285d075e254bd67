#include "flow/command/doctor_checks.h"

#include <catch2/catch.hpp>

#include "tests/flow/command/written_file.h"

namespace tests::command {

using flow::command::check_model;
using flow::command::check_socket_path;
using flow::command::check_writable;

TEST_CASE("the longest path of a socket passes, one byte more does not") {
  const std::string name = "/gateway.sock";
  flow::Places places;
  places.run = "/" + std::string(107 - 1 - name.size(), 'x');
  CHECK(check_socket_path(places).ok);
  places.run += "x";
  CHECK_FALSE(check_socket_path(places).ok);
  CHECK_FALSE(check_socket_path(places).hint.empty());
}

TEST_CASE("a folder that can be written passes and stays empty, an absent one does not") {
  const TemporaryFolder folder;
  CHECK(check_writable(folder.path()).ok);
  CHECK(std::filesystem::is_empty(folder.path()));
  CHECK_FALSE(check_writable(folder.path() / "absent").ok);
}

TEST_CASE("an absent model and one that lacks files say what is missing") {
  const TemporaryFolder folder;
  const auto absent = check_model(folder.path() / "no");
  CHECK_THAT(absent.detail, Catch::Contains("there is no folder"));
  CHECK_THAT(absent.hint, Catch::Contains("correct the path") && !Catch::Contains("again"));
  write(folder.path() / "model_index.json", "{}");
  const auto finding = check_model(folder.path());
  CHECK_FALSE(finding.ok);
  CHECK_THAT(finding.detail, Catch::Contains("unet/config.json"));
}

}  // namespace tests::command
