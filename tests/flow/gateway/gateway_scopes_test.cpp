// A key for some routes alone, and what the stages of its jobs call.
#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/flow/gateway/house.h"

using namespace flow;
using namespace flow_test;

namespace {

const Visitor& visitor(const House& house, const std::string& what) {
  return *std::find_if(house.visitors.begin(), house.visitors.end(),
                       [&](const Visitor& each) { return each.what == what; });
}

void ask(House& house, const std::string& who, const std::string& endpoint) {
  house.ask(visitor(house, who), {.kind = Kind::request, .endpoint = endpoint, .type = "text.v1"},
            schemas::pack(schemas::Text{"x"}));
}

std::string code_of_call(Fixture& f) {
  const auto failed = f.take("s1", Kind::failed);
  return failed.empty() ? "" : schemas::unpack<schemas::Fault>(failed[0].body.view()).code;
}

}  // namespace

TEST_CASE("a job of a key for one route reaches no other route of users, declared or not") {
  House house(with_calls());
  auto& f = house.fixture;
  ask(house, "ann's API key for one route", "/run");
  const auto work = f.take("s1", Kind::work).at(0);
  std::uint64_t id = 100;
  for (const auto& route : f.flow.routes) {
    INFO(route.endpoint);
    f.call("s1", work.header.job, ++id, route.endpoint);
    const auto called = f.take("s1", Kind::work);
    const bool is_internal = route.endpoint == "/called";
    CHECK(called.size() == (is_internal ? 1 : 0));
    CHECK(code_of_call(f) == (is_internal ? "" : "forbidden"));
    if (is_internal) f.give("s1", {.kind = Kind::done, .id = called[0].header.id});
  }
}

TEST_CASE("what a stage may call is no route that any key could have a scope for") {
  House house(with_calls());
  for (const auto& stage : house.fixture.flow.stages) {
    for (const auto& call : stage.plugin.calls) {
      for (const std::string who :
           {"ann's API key", "ann's API key for one route", "an admin's API key"}) {
        INFO(who << " asks " << call.endpoint);
        ask(house, who, call.endpoint);
        CHECK(house.refused() == "forbidden");
        CHECK(house.fixture.take("s1", Kind::work).empty());
      }
    }
  }
}
