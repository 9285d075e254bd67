// Who may do what: the full product of routes, principals and targets, and what must not leak.
#include <catch2/catch.hpp>
#include <iostream>

#include "schemas/access.h"
#include "tests/flow/gateway/house.h"

using namespace flow;
using namespace flow_test;

namespace {

// A job of each owner, from the operator's hand: it waits in the first stage.
std::string job_of(Fixture& fixture, const std::string& owner) {
  fixture.give(
      "client",
      {.kind = Kind::request, .id = 1, .endpoint = "/durable", .type = "text.v1", .owner = owner},
      schemas::pack(schemas::Text{"canary of " + owner}));
  return fixture.take("client", Kind::accepted).at(0).header.job;
}

// Every byte that went to the visitor.
std::string heard_by_visitor(const Fixture& fixture) {
  std::string bytes;
  for (const auto& [peer, packet] : fixture.sent) {
    if (peer == "visitor")
      bytes += schemas::encode(packet.header) + std::string(packet.body.view());
  }
  return bytes;
}

}  // namespace

TEST_CASE("routes x principals x claimed owners: asked by those who may, and owned by who asks") {
  House house;
  std::size_t cells = 0;
  std::vector<std::string> endpoints = {"/admin/updateUserEmails", "/admin/updateApiKeys", "/none"};
  for (const auto& route : house.fixture.flow.routes) endpoints.push_back(route.endpoint);
  for (const auto& visitor : house.visitors) {
    const access::Principal who{visitor.name, visitor.scopes};
    for (const auto& endpoint : endpoints) {
      for (const std::string claimed : {"ann", "bob", "root", "carol", ""}) {
        INFO(visitor.what << " asks " << endpoint << " as " << claimed);
        const bool admins = endpoint.starts_with("/admin/");
        if (admins && who.is_admin() && endpoint != "/admin/reset") continue;  // changes the lists
        house.ask(
            visitor,
            {.kind = Kind::request, .endpoint = endpoint, .type = "text.v1", .owner = claimed},
            schemas::pack(schemas::Text{"x"}));
        const auto work = house.fixture.take("s1", Kind::work);
        const std::string code = house.refused();
        const auto needed = admins ? access::Access::admin : access::Access::user;
        ++cells;
        if (visitor.name.empty()) {
          CHECK(code == "unauthenticated");
        } else if (!who.may_ask(endpoint, needed)) {
          CHECK(code == "forbidden");
        } else if (endpoint == "/none") {
          CHECK(code == "not_found");
        } else {
          REQUIRE(work.size() == 1);
          CHECK(work[0].header.owner == visitor.name);
          CHECK(work[0].header.credential.empty());
          house.fixture.give("s1", {.kind = Kind::done, .id = work[0].header.id});
          continue;
        }
        CHECK(work.empty());
      }
    }
  }
  std::cout << "figure: " << cells
            << " requests of visitors to routes as somebody, none let in wrongly\n";
  CHECK(cells >= 800);
}

TEST_CASE("actions x principals x jobs: one's own alone, and nothing of another's is told") {
  House house;
  std::map<std::string, std::string> jobs;
  for (const std::string owner : {"ann", "bob", "root"}) jobs[owner] = job_of(house.fixture, owner);
  std::size_t cells = 0;
  for (const auto& visitor : house.visitors) {
    for (const auto& [owner, job] : jobs) {
      for (const std::string action :
           {"list", "show", "watch", "pause", "resume", "retry", "cancel"}) {
        const access::Principal who{visitor.name, visitor.scopes};
        const bool scoped = !visitor.name.empty() && !who.may_ask("/durable", access::Access::user);
        if (owner == visitor.name && action != "list" && action != "show" && !scoped) continue;
        INFO(visitor.what << ": " << action << " of " << owner);
        house.fixture.sent.clear();
        house.ask(visitor, {.kind = Kind::control, .type = "control.v1", .owner = owner},
                  schemas::pack(schemas::Control{action, job}));
        const std::string heard = heard_by_visitor(house.fixture);
        ++cells;
        if (owner == visitor.name && scoped) {  // a key for another route
          if (action == "list") {
            CHECK(heard.find(job) == std::string::npos);
          } else {
            CHECK(house.refused() == "forbidden");
          }
          continue;
        }
        if (owner == visitor.name) {
          CHECK(heard.find(job) != std::string::npos);
          continue;
        }
        // Its own request may name the job in the refusal; nothing else does.
        CHECK(heard.find("canary") == std::string::npos);
        CHECK((heard.find("/durable") == std::string::npos || !visitor.name.empty()));
        if (action == "list") {
          CHECK(heard.find(job) == std::string::npos);
        } else {
          CHECK(house.refused() == (visitor.name.empty() ? "unauthenticated" : "not_found"));
        }
      }
    }
    house.fixture.sent.clear();
    INFO(visitor.what << " asks for the status");
    house.ask(visitor, {.kind = Kind::status}, "");
    const std::string seen = heard_by_visitor(house.fixture);
    for (const auto& [owner, job] : jobs) {
      const access::Principal who{visitor.name, visitor.scopes};
      const bool own = owner == visitor.name && who.may_ask("/durable", access::Access::user);
      const bool may = own || visitor.name == "root";
      CHECK((seen.find(job) != std::string::npos) == may);
      ++cells;
    }
  }
  for (const auto& [owner, job] : jobs) {
    house.fixture.control(50, "show", job, "client", owner);
    CHECK(house.fixture.report().at(0).state == "running");
  }
  std::cout << "figure: " << cells << " looks at and hands on others' jobs, nothing told or done\n";
  CHECK(cells >= 600);
}

TEST_CASE("only an administrator stops the flow") {
  for (std::size_t i = 0; i < House().visitors.size(); ++i) {
    House house;
    const Visitor& visitor = house.visitors[i];
    INFO(visitor.what);
    house.ask(visitor, {.kind = Kind::stop}, "");
    CHECK(house.fixture.gateway().stop_asked() == (visitor.name == "root"));
  }
}

TEST_CASE(
    "only ipc and, where the flow expects it from elsewhere, the key of a stage join as one") {
  const bool remote = GENERATE(false, true);
  House house;
  auto& f = house.fixture;
  f.flow.stages[0].remote = remote;
  const schemas::Hello hello{"first", 0, 100, to_json(f.flow.stages[0].plugin)};
  for (const auto& visitor : house.visitors) {
    INFO(visitor.what);
    f.sent.clear();
    house.ask(visitor, {.kind = Kind::hello}, schemas::pack(hello));
    const bool stage =
        visitor.origin.link == Link::own || (remote && visitor.what.starts_with("a stage's"));
    CHECK(f.take("visitor", Kind::welcome).size() == (stage ? 1 : 0));
    f.give("visitor", {.kind = Kind::bye}, "", visitor.origin);
  }
}

TEST_CASE("an admin changes the lists of users and of API keys while the flow runs") {
  House house;
  const auto root = *std::find_if(house.visitors.begin(), house.visitors.end(),
                                  [](const Visitor& each) { return each.name == "root"; });
  const std::string key(40, 'k');
  house.ask(root,
            {.kind = Kind::request, .endpoint = "/admin/updateApiKeys", .type = "api_keys.v1"},
            schemas::pack(schemas::ApiKeyList{{key}, "bridge"}));
  CHECK(house.fixture.ended("visitor").outcome == "done");
  CHECK(house.guard.admit({Link::loopback}, key, "", kNow_s).name == "bridge");
  house.ask(
      root,
      {.kind = Kind::request, .endpoint = "/admin/updateUserEmails", .type = "user_emails.v1"},
      schemas::pack(schemas::UserEmails{{"ann@example.org", "lab.net"}}));
  CHECK(house.fixture.ended("visitor").outcome == "done");
  CHECK(house.guard.addresses().users().size() == 2);
  house.ask(
      root,
      {.kind = Kind::request, .endpoint = "/admin/updateUserEmails", .type = "user_emails.v1"},
      schemas::pack(schemas::UserEmails{{"no address"}}));
  CHECK(house.refused() == "bad_input");
  CHECK(house.guard.addresses().users().size() == 2);
}

TEST_CASE("a stage whose key is revoked is lost, and its job with it") {
  House house;
  auto& f = house.fixture;
  f.flow.stages[0].remote = true;
  const std::string key = house.allow(access::PeerRole::stage, "far");
  house.guard.tick();
  const Origin origin{Link::curve, key};
  const schemas::Hello hello{"first", 0, 100, to_json(f.flow.stages[0].plugin)};
  f.gateway().on_stage_died(0, 0, "ended", true);
  f.give("far", {.kind = Kind::hello}, schemas::pack(hello), origin);
  f.give("far", {.kind = Kind::ready, .count = 4}, "", origin);
  f.request(1);
  const auto work = f.take("far", Kind::work).at(0);
  access::Peers(house.files.peers).remove("far");
  house.guard.tick();
  f.give("far",
         {.kind = Kind::emit,
          .id = work.header.id,
          .job = work.header.job,
          .type = "text.v1",
          .epoch = 1,
          .last = true},
         schemas::pack(schemas::Text{"y"}), origin);
  const auto ended = f.ended("client");
  CHECK(ended.fault.code == "stage_died");
  CHECK(ended.fault.cause.find("revoked") != std::string::npos);
}

TEST_CASE("a stage speaks for the jobs that it has in hand, and for no other") {
  Fixture f;
  f.made = f.make();
  f.join_all();
  f.request(1);
  const auto work = f.take("s1", Kind::work).at(0).header;
  const Header progress{.kind = Kind::progress, .job = work.job, .epoch = work.epoch};
  const auto text = schemas::pack(schemas::Progress{.text = "forged"});
  f.give("s2", progress, text);
  CHECK(f.take("client", Kind::progress).empty());
  f.give("s1", progress, text);
  CHECK(f.take("client", Kind::progress).size() == 1);
}
