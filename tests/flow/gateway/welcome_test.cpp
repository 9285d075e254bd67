#include "flow/gateway/welcome.h"

#include <algorithm>
#include <catch2/catch.hpp>

#include "schemas/link.h"
#include "tests/flow/gateway/gateway_fixture.h"

using namespace flow;
using namespace flow_test;

namespace {

// "/run" leads through first and second; first may call "/draw", which runs third; "/alone" is
// fourth's.
flow::Flow four_stages() {
  auto flow = two_stages();
  for (const char* name : {"third", "fourth"}) flow.stages.push_back(stage(name));
  for (const auto& [endpoint, index] : {std::pair("/draw", 2), std::pair("/alone", 3)}) {
    flow.routes.push_back(flow.routes[0]);
    flow.routes.back().endpoint = endpoint;
    flow.routes.back().path = {static_cast<std::size_t>(index)};
  }
  flow.stages[0].plugin.calls = {{"/draw", "text.v1", "text.v1"}};
  return flow;
}

std::vector<std::string> told(Fixture& f, std::size_t stage) {
  const auto& config = f.flow.stages[stage];
  f.give("new", {.kind = Kind::hello},
         schemas::pack(schemas::Hello{config.name, 0, 1, to_json(config.plugin)}));
  const auto packet = f.take("new", Kind::welcome).at(0);
  auto jobs = schemas::unpack<schemas::Welcome>(packet.body.view()).open_jobs;
  f.give("new", {.kind = Kind::bye});
  std::sort(jobs.begin(), jobs.end());
  return jobs;
}

std::string asked(Fixture& f, const std::string& endpoint) {
  f.request(1, endpoint);
  return f.take("client", Kind::accepted).at(0).header.job;
}

}  // namespace

TEST_CASE("who joins hears of the open jobs that may need it, and of no others") {
  Fixture f(four_stages());
  auto runs = std::vector{asked(f, "/run"), asked(f, "/durable")};
  std::sort(runs.begin(), runs.end());
  const auto alone = asked(f, "/alone");
  for (const std::size_t stage : {0, 1, 2}) CHECK(told(f, stage) == runs);
  CHECK(told(f, 3) == std::vector{alone});
}

TEST_CASE("a stage takes part in what is called for a job, and in what is called for that") {
  auto flow = four_stages();
  flow.stages[2].plugin.calls = {{"/alone", "text.v1", "text.v1"}};
  for (const std::size_t stage : {0, 1, 2, 3}) CHECK(takes_part(flow, flow.routes[0], stage));
  CHECK_FALSE(takes_part(flow, *flow.find_route("/draw"), 0));
  CHECK(takes_part(flow, *flow.find_route("/draw"), 3));
  flow.stages[3].plugin.calls = {
      {"/draw", "text.v1", "text.v1"}};  // a circle, which a check refuses
  CHECK_FALSE(takes_part(flow, *flow.find_route("/draw"), 0));
}

TEST_CASE("jobs of other flows are told to who may have kept something for them") {
  auto flow = two_stages();
  const auto told_to = [&](bool remote, bool hears_end) {
    flow.stages[0].remote = remote;
    flow.stages[0].plugin.hears_end = hears_end;
    const Ledger ledger;
    const auto packet = welcome_packet(flow, 0, flow.stages[0], OpenJobs(ledger), {"j-1"});
    return schemas::unpack<schemas::Welcome>(packet.body.view()).open_jobs.size();
  };
  CHECK(told_to(false, false) == 1);
  CHECK(told_to(true, true) == 1);
  CHECK(told_to(true, false) == 0);
}
