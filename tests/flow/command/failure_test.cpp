#include "flow/command/failure.h"

#include <catch2/catch.hpp>
#include <iostream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "executor/error.h"
#include "flow/client/client.h"

namespace tests::command {
namespace {

using flow::command::exit_code_of;
using flow::command::fault_of;

int code(const std::string& fault_code, const std::string& job = "", bool interrupted = false) {
  return exit_code_of({fault_code, "stage", job, "", ""}, interrupted);
}

schemas::Fault thrown(const std::exception_ptr& error) {
  return fault_of(error);
}

}  // namespace

TEST_CASE("each kind of fault has its exit code") {
  CHECK(code("bad_input") == 2);
  CHECK(code("bad_input", "j1") == 2);  // found by a stage
  CHECK(code("exists") == 2);
  CHECK(code("exists", "j1") == 2);
  CHECK(code("bad_config") == 3);
  CHECK(code("not_found") == 4);
  CHECK(code("forbidden") == 5);
  CHECK(code("unavailable") == 6);
  CHECK(code("stage_died", "j1") == 7);
  CHECK(code("internal", "j1") == 7);
  CHECK(code("internal") == 1);
  CHECK(code("cancelled", "j1") == 8);
  CHECK(code("cancelled", "j1", true) == 130);
  CHECK(code("out_of_memory", "j1") == 9);
  CHECK(code("timeout", "j1") == 124);
}

TEST_CASE("exceptions become faults with their code, cause and hint") {
  const auto config =
      thrown(std::make_exception_ptr(executor::Error("bad_config", "cause", "hint")));
  CHECK(config.code == "bad_config");
  CHECK(config.cause == "cause");
  CHECK(config.hint == "hint");
  const auto call = thrown(std::make_exception_ptr(
      flow::CallError({"forbidden", "registry", "j7", "not yours", "ask its owner"})));
  CHECK(call.stage == "registry");
  CHECK(call.job == "j7");
  CHECK(thrown(std::make_exception_ptr(std::bad_alloc())).code == "out_of_memory");
  CHECK(thrown(std::make_exception_ptr(std::runtime_error("odd"))).cause == "odd");
}

TEST_CASE("a cause of several lines is one line in JSON, and stays as it is for a terminal") {
  std::ostringstream out, err;
  auto* const out_before = std::cout.rdbuf(out.rdbuf());
  auto* const err_before = std::cerr.rdbuf(err.rdbuf());
  flow::command::report({"bad_config", "client", "", "wrong:\n    conv_in\n  again\n", "a\nb"},
                        true);
  std::cout.rdbuf(out_before);
  std::cerr.rdbuf(err_before);
  const auto error = nlohmann::json::parse(out.str()).at("error");
  CHECK(error.at("cause") == "wrong: conv_in again");
  CHECK(error.at("hint") == "a b");
  CHECK(err.str().find("wrong:\n    conv_in") != std::string::npos);
}

}  // namespace tests::command
