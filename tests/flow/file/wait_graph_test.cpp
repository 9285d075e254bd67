#include "flow/file/wait_graph.h"

#include <catch2/catch.hpp>

#include "tests/flow/file/fake_plugins.h"

using Edges = std::vector<std::pair<std::size_t, std::size_t>>;

namespace {

std::vector<flow::Wait> waits_of(const Edges& edges) {
  std::vector<flow::Wait> waits;
  for (const auto& [from, to] : edges) waits.push_back({from, to, "why"});
  return waits;
}

std::string circle_of(const Edges& edges) {
  std::string text;
  for (const auto& wait : flow::find_circle(5, waits_of(edges))) {
    text += (text.empty() ? std::to_string(wait.from) : "") + std::to_string(wait.to);
  }
  return text;
}

std::string flow_of(const std::string& routes, const std::vector<std::string>& executors) {
  std::string text = "flow = \"f\"\n[route]\n" + routes + "\n";
  for (const auto& executor : executors) text += "[[executor]]\n" + executor + "\n";
  return text;
}

}  // namespace

TEST_CASE("a shortest circle of waits is found, and only a circle") {
  const std::vector<std::pair<Edges, std::string>> cases = {
      {{}, ""},
      {{{0, 1}, {1, 2}, {2, 3}}, ""},
      {{{0, 1}, {0, 2}, {1, 3}, {2, 3}}, ""},
      {{{0, 1}, {0, 1}}, ""},
      {{{0, 0}}, "00"},
      {{{3, 3}, {0, 1}}, "33"},
      {{{0, 1}, {1, 0}}, "010"},
      {{{4, 2}, {2, 4}, {0, 4}}, "242"},
      {{{0, 1}, {1, 2}, {2, 0}}, "0120"},
      {{{0, 1}, {1, 2}, {2, 1}}, "121"},
      {{{0, 1}, {1, 2}, {2, 3}, {3, 0}, {2, 0}}, "0120"},
      {{{0, 1}, {1, 2}, {2, 0}, {3, 4}, {4, 3}}, "343"},
  };
  for (const auto& [edges, circle] : cases) CHECK(circle_of(edges) == circle);
}

TEST_CASE("an executor that could wait for itself is refused, and every wait is explained") {
  const std::vector<flow_test::Broken> cases = {
      {"a call of a route that it is in", flow_of("\"/answer\" = \"asker\"", {"name = \"asker\""}),
       "4:1", "asker -> asker: 'asker' calls '/answer', which runs 'asker'", "of its own"},
      {"a call further down",
       flow_of("\"/answer\" = \"shout > asker\"", {"name = \"asker\"", "name = \"shout\""}), "4:1",
       "asker -> asker", "of its own"},
      {"two that call each other",
       flow_of("\"/answer\" = \"a\"\n\"/x\" = \"b\"",
               {"name = \"a\"\nrun = \"back\"", "name = \"b\"\nrun = \"asker\""}),
       "5:1", "a -> b -> a: 'a' calls '/x', which runs 'b'; 'b' calls '/answer', which runs 'a'",
       "path"},
      {"a stream to one that calls back",
       flow_of("\"/answer\" = \"spring\"\n\"/x\" = \"spring > asker\"",
               {"name = \"spring\"", "name = \"asker\""}),
       "5:1",
       "spring -> asker -> spring: 'spring' streams to 'asker' on '/x'; 'asker' calls '/answer', "
       "which runs 'spring'",
       "path"},
      {"a stream that comes back",
       flow_of("\"/x\" = \"spring > shout > spring\"", {"name = \"spring\"", "name = \"shout\""}),
       "4:1",
       "spring -> shout -> spring: 'spring' streams to 'shout' on '/x'; 'shout' passes a stream on "
       "to "
       "'spring' on '/x'",
       "path"},
      {"a stream to itself", flow_of("\"/x\" = \"spring > spring\"", {"name = \"spring\""}), "4:1",
       "spring -> spring: 'spring' streams to 'spring' on '/x'", "path"},
  };
  for (const auto& broken : cases) flow_test::require_refused(broken);
}

TEST_CASE("single messages may come back to a stage that they passed") {
  CHECK_NOTHROW(
      flow_test::load(flow_of("\"/x\" = \"a > b > a\"",
                              {"name = \"a\"\nrun = \"shout\"", "name = \"b\"\nrun = \"shout\""})));
}

TEST_CASE("a stream and a call that part ways are no circle") {
  const auto loaded = flow_test::load(
      flow_of("\"/answer\" = \"shout\"\n\"/x\" = \"spring > asker > sink\"",
              {"name = \"spring\"", "name = \"asker\"", "name = \"shout\"", "name = \"sink\""}));
  Edges edges;
  for (const auto& wait : flow::find_waits(loaded.stages, loaded.routes)) {
    edges.emplace_back(wait.from, wait.to);
  }
  CHECK(edges == Edges{{1, 2}, {0, 1}, {1, 3}});
}
