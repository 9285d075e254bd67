// Processes that come and go while requests run: scale and swap.
#include <catch2/catch.hpp>

#include "tests/flow/gateway/gateway_fixture.h"

using namespace flow;
using namespace flow_test;
using std::chrono::milliseconds;

namespace {

// A flow under a little load, and a plugin to swap the first stage's for.
struct Stand : Fixture {
  executor::Plugin better = flow.stages[0].plugin;
  std::uint64_t asked = 0;

  Stand() {
    better.name = "better";
    plugins["better"] = better;
    join_all();
  }
  void steer(const std::string& action, const std::string& what,
             const access::Origin& origin = {}) {
    give("operator", {.kind = Kind::control, .id = 9, .type = "control.v1", .owner = "me"},
         schemas::pack(schemas::Control{action, what}), origin);
  }
  void tick(int ms = 100) {
    now += milliseconds(ms);
    for (const char* peer : {"s1", "s2"}) give(peer, {.kind = Kind::beat});
    gateway().on_tick(now);
  }
  /// One request that goes its way; where its first stage was.
  std::string served() {
    request(++asked);
    for (const std::string peer : {"s1", "new"}) {
      for (const auto& work : take(peer, Kind::work)) {
        emit(peer, work, true);
        emit("s2", take("s2", Kind::work).at(0), true);
        CHECK(ended("client").outcome == "done");
        return peer;
      }
    }
    return "";
  }
};

}  // namespace

TEST_CASE(
    "a swap starts the new plugin beside the old one, tries it, and lets "
    "the old one leave") {
  Stand f;
  f.steer("swap", "first=better");
  REQUIRE(f.started.size() == 1);
  CHECK(f.started[0].first == 1);
  CHECK(f.started[0].second == "better.so");
  CHECK(f.served() == "s1");
  f.join("new", 0, 4, 1, &f.better);
  CHECK(f.gateway().all_ready());
  for (int i = 0; i < 4; ++i) CHECK(f.served() == "new");
  CHECK(f.retired.empty());
  f.tick();
  CHECK(f.take("operator", Kind::report).size() == 1);
  CHECK(f.retired == std::set<std::uint32_t>{0});
  f.give("s1", {.kind = Kind::bye});
  CHECK(f.served() == "new");
  CHECK(f.gateway().all_ready());
  CHECK(f.flow.stages[0].plugin.name == "better");
}

TEST_CASE("a swap that nothing comes to try is made after a second") {
  Stand f;
  f.steer("swap", "first=better");
  f.join("new", 0, 4, 1, &f.better);
  f.tick(999);
  CHECK(f.take("operator", Kind::report).empty());
  f.tick(1);
  CHECK(f.take("operator", Kind::report).size() == 1);
}

TEST_CASE("an old process leaves when its last job has ended") {
  Stand f;
  f.request(100);
  const auto work = f.take("s1", Kind::work).at(0);
  f.steer("swap", "first=better");
  f.join("new", 0, 4, 1, &f.better);
  f.tick(1'000);
  CHECK(f.take("operator", Kind::report).size() == 1);
  CHECK(f.retired.empty());
  f.emit("s1", work, true);
  f.tick();
  CHECK(f.retired.empty());  // its job goes on, and will tell it of its end
  f.emit("s2", f.take("s2", Kind::work).at(0), true);
  CHECK(f.ended("client").outcome == "done");
  f.tick();
  CHECK(f.retired == std::set<std::uint32_t>{0});
}

TEST_CASE(
    "a new plugin that dies, leaves, hangs or fails on trial costs no "
    "request") {
  for (const std::string how : {"dies", "leaves", "hangs", "fails"}) {
    INFO(how);
    Stand f;
    f.steer("swap", "first=better");
    f.join("new", 0, 4, 1, &f.better);
    f.request(1);
    const auto tried = f.take("new", Kind::work);
    REQUIRE(tried.size() == 1);
    if (how == "dies") f.gateway().on_stage_died(0, 1, "was killed by signal 11", true);
    if (how == "leaves") f.give("new", {.kind = Kind::bye});
    if (how == "hangs") f.tick(4 * static_cast<int>(f.better.silence_ms) + 1);
    if (how == "fails") {
      f.give("new", {.kind = Kind::failed, .id = tried[0].header.id},
             schemas::pack(schemas::Fault{"internal", "", "", "no such symbol", ""}));
    }
    const auto again = f.take("s1", Kind::work);
    REQUIRE(again.size() == 1);
    CHECK(again[0].body.view() == tried[0].body.view());
    CHECK(f.refused("operator").code == "bad_config");
    CHECK(f.retired.contains(1));
    // What the new one says now is no answer any more.
    f.emit("new", tried[0], true);
    CHECK(f.take("s2", Kind::work).empty());
    f.emit("s1", again[0], true);
    f.emit("s2", f.take("s2", Kind::work).at(0), true);
    CHECK(f.ended("client").outcome == "done");
    CHECK(f.flow.stages[0].plugin.name == "first");
    f.sent.clear();
    f.steer("swap", "first=better");
    CHECK(f.take("operator", Kind::refused).empty());
  }
}

TEST_CASE("a bad request on trial is the request's fault, not the plugin's") {
  Stand f;
  f.steer("swap", "first=better");
  f.join("new", 0, 4, 1, &f.better);
  f.request(1);
  f.give("new", {.kind = Kind::failed, .id = f.take("new", Kind::work).at(0).header.id},
         schemas::pack(schemas::Fault{"bad_input", "", "", "no such word", ""}));
  CHECK(f.ended("client").fault.code == "bad_input");
  CHECK(f.take("operator", Kind::refused).empty());
}

TEST_CASE(
    "a new plugin that cannot start, or is not ready in time, changes "
    "nothing") {
  Stand f;
  f.flow.stages[0].ready_ms = 5'000;
  f.steer("swap", "first=better");
  f.gateway().on_stage_died(0, 1, "ended with exit code 3", true);
  CHECK(f.refused("operator").cause.find("exit code 3") != std::string::npos);
  CHECK(f.served() == "s1");
  f.steer("swap", "first=better");
  f.tick(5'000);
  CHECK(f.take("operator", Kind::refused).empty());
  f.tick(1);
  CHECK(f.refused("operator").cause.find("not ready in time") != std::string::npos);
  CHECK(f.served() == "s1");
}

TEST_CASE("a plugin that does not fit the flow is refused before anything starts") {
  Stand f;
  executor::Plugin other = f.better;
  other.handlers = {{"picture.v1", {"text.v1"}, false}};
  f.plugins["other"] = other;
  for (const auto& [what, code] :
       std::vector<std::pair<std::string, std::string>>{{"first=other", "bad_config"},
                                                        {"first=none", "bad_config"},
                                                        {"frist=better", "not_found"},
                                                        {"first", "bad_input"},
                                                        {"first=", "bad_input"}}) {
    INFO(what);
    f.steer("swap", what);
    CHECK(f.refused("operator").code == code);
  }
  CHECK(f.started.empty());
  f.steer("swap", "first=better");
  f.steer("swap", "first=better");
  CHECK(f.refused("operator").code == "exists");
}

TEST_CASE("scale starts processes and lets the last ones leave when they are done") {
  Stand f;
  f.steer("scale", "first=3");
  CHECK(f.take("operator", Kind::report).size() == 1);
  REQUIRE(f.started.size() == 2);
  CHECK_FALSE(f.gateway().all_ready());
  f.join("b", 0, 4, 1);
  f.join("c", 0, 4, 2);
  CHECK(f.gateway().all_ready());
  for (std::uint64_t id = 1; id <= 3; ++id) f.request(id);
  for (const char* peer : {"s1", "b", "c"}) CHECK(f.take(peer, Kind::work).size() == 1);
  f.steer("scale", "first=1");
  CHECK(f.retired.empty());
  f.gateway().on_stage_died(0, 2, "was killed", true);
  CHECK(f.take("client", Kind::ended).size() == 1);
  CHECK(f.retired == std::set<std::uint32_t>{2});
  CHECK(f.gateway().all_ready());
  for (const char* count : {"0", "65", "x", "-1", "1.5", "010", ""}) {
    f.sent.clear();
    f.steer("scale", std::string("first=") + count);
    CHECK(f.refused("operator").code == "bad_input");
  }
}

TEST_CASE("neither scale nor swap starts what this host has no room for") {
  Stand f;
  f.most_replicas = 2;
  for (const char* count : {"first=3", "first=64"}) {
    f.steer("scale", count);
    CHECK(f.refused("operator").code == "bad_config");
  }
  CHECK(f.started.empty());
  f.steer("scale", "first=2");
  CHECK(f.started.size() == 1);
  f.sent.clear();
  f.steer("swap", "first=better");  // two more beside the two that run
  CHECK(f.refused("operator").code == "bad_config");
  CHECK(f.started.size() == 1);
  f.most_replicas = 4;
  f.steer("swap", "first=better");
  CHECK(f.started.size() == 3);
  f.sent.clear();
  f.steer("scale", "first=2");
  CHECK(f.refused("operator").code == "exists");
  f.most_replicas = 0;  // fewer are never refused
  f.steer("scale", "second=1");
  CHECK(f.take("operator", Kind::report).size() == 1);
}

TEST_CASE("a process that the host cannot start ends the swap or the scaling, and nothing else") {
  Stand f;
  f.most_started = 0;
  f.steer("swap", "first=better");
  CHECK(f.refused("operator").cause.find("too many processes") != std::string::npos);
  f.sent.clear();
  f.steer("scale", "first=2");
  CHECK(f.refused("operator").code == "unavailable");
  CHECK(f.served() == "s1");
  f.most_started = 2;
  f.sent.clear();
  f.steer("scale", "first=2");
  f.join("b", 0, 4, 2);
  CHECK(f.gateway().all_ready());
  f.steer("swap", "first=better");
  CHECK(f.refused("operator").cause.find("too many processes") != std::string::npos);
  CHECK(f.gateway().all_ready());
}

TEST_CASE("programs are started from the server's own host alone") {
  Stand f;
  for (const char* action : {"scale", "swap"}) {
    f.steer(action, "first=2", {access::Link::loopback});
    CHECK(f.refused("operator").code == "forbidden");
  }
}
