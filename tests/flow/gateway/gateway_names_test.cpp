// What is told to a stage that does not fit, and which jobs lists name.
#include <catch2/catch.hpp>

#include "tests/flow/gateway/begun.h"

using namespace flow;
using namespace flow_test;

namespace {

std::string told(Fixture& f, const schemas::Hello& hello) {
  f.give("stranger", {.kind = Kind::hello}, schemas::pack(hello));
  const auto fault = f.refused("stranger");
  CHECK_FALSE(fault.hint.empty());
  return fault.cause;
}

// "/ask" changes nothing.
flow::Flow with_query() {
  auto flow = two_stages();
  flow.routes.push_back(flow.routes[0]);
  flow.routes.back().endpoint = "/ask";
  flow.routes.back().query = true;
  return flow;
}

std::vector<std::string> listed(Fixture& f) {
  f.control(99, "list");
  std::vector<std::string> kinds;
  for (const auto& job : f.report()) kinds.push_back(job.kind + " " + job.state);
  return kinds;
}

void fail(Fixture& f, const std::string& endpoint) {
  f.request(1, endpoint);
  f.give("s1", {.kind = Kind::failed, .id = f.take("s1", Kind::work).at(0).header.id},
         schemas::pack(schemas::Fault{"bad_input", "", "", "x is -1", ""}));
  CHECK(f.ended("client").outcome == "failed");
}

}  // namespace

TEST_CASE("a stage with a misspelt name hears the nearest") {
  Fixture f;
  const auto table = to_json(f.flow.stages[1].plugin);
  CHECK(told(f, {"secnod", 0, 1, table}) ==
        "the flow has no stage 'secnod' (did you mean 'second'?)");
  CHECK(told(f, {"qqqqqq", 0, 1, table}) == "the flow has no stage 'qqqqqq'");
}

TEST_CASE("a stage with another plugin hears which one is meant and which one it has") {
  Fixture f;
  executor::Plugin other = f.flow.stages[1].plugin;
  other.name = "whisper";
  const std::string usual =
      "the plugin of 'second' is not the one that the flow was checked with: ";
  CHECK(told(f, {"second", 0, 1, to_json(other)}) ==
        usual + "that is 'second', and 'whisper' has come");
  other.name = "second";
  other.handlers.front().emits = {"other.v1"};
  CHECK(told(f, {"second", 0, 1, to_json(other)}) ==
        usual + "both are 'second', but they differ in what they take, answer or need");
}

TEST_CASE("what has changed nothing is listed while it runs, and no more once it has ended") {
  Fixture f(with_query());
  f.join_all();
  fail(f, "/run");
  fail(f, "/ask");
  f.request(2, "/ask");
  CHECK(listed(f).size() == 2);
  f.emit("s1", f.take("s1", Kind::work).at(0), true);
  f.emit("s2", f.take("s2", Kind::work).at(0), true);
  CHECK(f.ended("client").outcome == "done");
  const auto left = listed(f);
  REQUIRE(left.size() == 1);
  CHECK(left[0].find("run failed") != std::string::npos);
}
