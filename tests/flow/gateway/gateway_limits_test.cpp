// What a user may ask for at once, a full disk, and silences.
#include <catch2/catch.hpp>

#include "tests/flow/gateway/begun.h"

using namespace flow;
using namespace flow_test;

TEST_CASE("a user has so many durable jobs and no more; another still gets in") {
  Fixture f;
  f.flow.jobs_per_user = 2;
  f.join_all();
  f.request(1, "/durable");
  f.request(2, "/durable");
  f.take("client", Kind::accepted);
  f.request(3, "/durable");
  const auto fault = f.refused();
  CHECK(fault.code == "queue_full");
  CHECK(fault.retry_after_s > 0);
  f.request(4, "/run");
  accepted(f);
  f.give(
      "other",
      {.kind = Kind::request, .id = 1, .endpoint = "/durable", .type = "text.v1", .owner = "you"},
      schemas::pack(schemas::Text{"x"}));
  accepted(f, "other");
}

TEST_CASE("a user has so many open requests and no more") {
  Fixture f;
  f.flow.requests_per_user = 2;
  f.request(1);
  f.request(2);
  CHECK(f.take("client", Kind::accepted).size() == 2);
  f.request(3);
  CHECK(f.refused().retry_after_s > 0);
  f.give("client", {.kind = Kind::cancel, .id = 1});
  f.ended("client");
  f.request(4);
  accepted(f);
}

TEST_CASE("while the disk is full jobs are refused and plain requests served") {
  Fixture f;
  f.join_all();
  f.journal.why = "the disk is full";
  f.request(1, "/durable");
  CHECK(f.refused().code == "unavailable");
  f.request(2, "/run");
  accepted(f);
}

TEST_CASE("a flow that stops in order leaves durable jobs to the next start and says so") {
  Begun f;
  f.gateway().on_stopping();
  CHECK(f.refused().code == "unavailable");
  f.die(0);
  f.die(1);
  CHECK(f.take("client", Kind::ended).empty());
  f.restart();
  f.join_all();
  CHECK(f.take("s1", Kind::work).at(0).header.job == f.job);
  CHECK(f.show().attempt == 1);
}

TEST_CASE("a hung trainer is noticed by the rhythm of its steps, long before its longest silence") {
  Begun f;
  f.flow.stages[1].plugin.silence_ms = 3'600'000;
  for (int step = 0; step < 12; ++step) f.emit("s1", f.work, false);
  std::deque<Packet> tasks;
  for (int step = 0; step < 8; ++step) {
    f.now += std::chrono::seconds(1);
    f.give("s1", {.kind = Kind::beat});
    for (const auto& work : f.take("s2", Kind::work)) tasks.push_back(work);
    f.give("s2", {.kind = Kind::done, .id = tasks.at(0).header.id});
    tasks.pop_front();
  }
  f.now += std::chrono::milliseconds(f.flow.lease_ms);
  f.give("s1", {.kind = Kind::beat});
  f.gateway().on_tick(f.now);
  CHECK(f.killed.empty());
  f.now += std::chrono::milliseconds(1);
  f.gateway().on_tick(f.now);
  CHECK(f.killed == std::vector<std::size_t>{1});
  CHECK(f.show().attempt == 2);
}

TEST_CASE("a drawing that hangs is noticed by the rhythm of its own steps") {
  Begun f;
  f.flow.stages[0].plugin.silence_ms = 3'600'000;
  for (int step = 0; step < 16; ++step) {
    f.now += std::chrono::seconds(1);
    f.give("s1", {.kind = Kind::beat});
    f.give("s2", {.kind = Kind::beat});
  }
  f.now += std::chrono::milliseconds(f.flow.lease_ms);
  f.give("s2", {.kind = Kind::beat});
  f.gateway().on_tick(f.now);
  CHECK(f.killed.empty());
  f.now += std::chrono::milliseconds(1);
  f.gateway().on_tick(f.now);
  CHECK(f.killed == std::vector<std::size_t>{0});
}

TEST_CASE("a stage that announces a long silence is left alone for so long") {
  Begun f;
  f.give("s1", {.kind = Kind::beat, .count = 600'000});
  f.now += std::chrono::milliseconds(600'000);
  f.give("s2", {.kind = Kind::beat});
  f.gateway().on_tick(f.now);
  CHECK(f.killed.empty());
  f.now += std::chrono::milliseconds(1);
  f.gateway().on_tick(f.now);
  CHECK(f.killed == std::vector<std::size_t>{0});
}

TEST_CASE("the place in a queue comes with a time, once one such job has ended") {
  Fixture f;
  f.flow.routes[1].durable = true;
  f.join_all();
  f.request(1, "/serial", "same");
  f.request(2, "/serial", "same");
  f.request(3, "/serial", "same");
  f.control(9, "list");
  auto jobs = f.report();
  REQUIRE(jobs.size() == 3);
  CHECK(jobs[2].position == 2);
  CHECK_FALSE(jobs[2].eta_s);
  f.now += std::chrono::seconds(10);
  f.emit("s1", f.take("s1", Kind::work).at(0), true);
  f.emit("s2", f.take("s2", Kind::work).at(0), true);
  f.now += std::chrono::seconds(4);
  f.gateway().on_tick(f.now);
  f.control(10, "list");
  jobs = f.report();
  CHECK(jobs[0].state == "done");
  CHECK(jobs[1].eta_s == 6.0);
  CHECK(jobs[2].position == 1);
  CHECK(jobs[2].eta_s == 16.0);
}

TEST_CASE("a job that was taken up again after a restart says nothing of how long such jobs take") {
  for (const bool restarts : {false, true}) {
    Begun f;
    f.now += std::chrono::seconds(10);
    if (restarts) {
      f.restart();
      f.join_all();
      f.work = f.take("s1", Kind::work).at(0);
    }
    f.emit("s1", f.work, true);
    f.emit("s2", f.take("s2", Kind::work).at(0), true);
    CHECK(f.show().state == "done");
    f.request(2, "/durable");
    f.control(3, "list");
    const auto jobs = f.report();
    REQUIRE(jobs.size() == 2);
    CHECK(jobs[1].eta_s.has_value() == !restarts);
  }
}

TEST_CASE(
    "the time in which the server itself stood still is no silence of its stages; the rest is") {
  using std::chrono::milliseconds;
  Begun f;
  f.flow.stages[0].plugin.silence_ms = 1'000;
  f.flow.lease_ms = 5'000;
  const auto pass = [&](milliseconds time) {
    f.now += time;
    f.give("s2", {.kind = Kind::beat});
    f.gateway().on_tick(f.now);
  };
  pass(milliseconds(4'000));
  f.gateway().stood_still(milliseconds(10'000));
  pass(milliseconds(10'000));
  CHECK(f.show().attempt == 1);
  pass(milliseconds(1'000));
  CHECK(f.show().attempt == 1);
  pass(milliseconds(1));
  CHECK(f.show().attempt == 2);
}

TEST_CASE("a stage says how long its first steps take; once their rhythm is known, that counts") {
  Begun f;
  f.flow.stages[0].plugin.silence_ms = 1'000;
  f.flow.lease_ms = 5'000;
  f.give("s1", {.kind = Kind::beat, .id = f.work.header.id, .seq = 1, .count = 60'000});
  const auto wait = [&](int ms) {
    f.now += std::chrono::milliseconds(ms);
    f.give("s2", {.kind = Kind::beat});
    f.gateway().on_tick(f.now);
  };
  const auto sign = [&] { f.give("s1", {.kind = Kind::progress, .id = f.work.header.id}); };
  for (int i = 0; i < 14; ++i) {
    wait(i == 0 ? 60'000 : 100);  // a first step that takes long, and is told of only once
    sign();
  }
  CHECK(f.show().attempt == 1);
  wait(60'001);
  CHECK(f.show().attempt == 2);
}

TEST_CASE("of a stage whose steps are quick a hang is noticed at once, whatever it told at first") {
  Begun f;
  f.flow.stages[0].plugin.silence_ms = 1'000;
  f.flow.lease_ms = 5'000;
  f.give("s1", {.kind = Kind::beat, .id = f.work.header.id, .seq = 1, .count = 60'000});
  for (int i = 0; i < 16; ++i) {
    f.now += std::chrono::milliseconds(100);
    f.give("s1", {.kind = Kind::progress, .id = f.work.header.id});
  }
  f.now += std::chrono::milliseconds(5'001);
  f.gateway().on_tick(f.now);
  CHECK(f.show().attempt == 2);
}

namespace {

// A durable job in the hands of the first stage, which is on another host.
struct Elsewhere : Begun {
  Elsewhere() {
    flow.stages[0].remote = true;
    flow.stages[0].plugin.silence_ms = 60'000;
    tick();
  }
  void tick() { gateway().on_tick(now); }
  void wait(std::chrono::milliseconds time) {
    now += time;
    give("s2", {.kind = Kind::beat});
    tick();
  }
};

}  // namespace

TEST_CASE("a stage of another host whose connection is closed is lost within a second or so") {
  Elsewhere f;
  f.unreachable.insert("s1");
  f.wait(std::chrono::milliseconds(999));
  CHECK(f.show().attempt == 1);
  f.wait(std::chrono::milliseconds(1));
  CHECK(f.show().attempt == 2);
  CHECK(f.killed.empty());
  f.join("s3", 0);
  CHECK(f.take("s3", Kind::work).at(0).header.job == f.job);
}

TEST_CASE("a stage of another host is sent a beat each second, one of this host none") {
  Elsewhere f;
  f.sent.clear();
  for (int i = 0; i < 30; ++i) f.wait(std::chrono::milliseconds(100));
  CHECK(f.take("s1", Kind::beat).size() == 3);
  CHECK(f.take("s2", Kind::beat).empty());
}

TEST_CASE(
    "a stage of another host that hangs is lost when its lease is over, as one of this host") {
  Elsewhere f;
  f.wait(std::chrono::milliseconds(4 * 60'000));
  CHECK(f.show().attempt == 1);
  f.wait(std::chrono::milliseconds(1));
  CHECK(f.show().attempt == 2);
}

TEST_CASE("who was silent for ten minutes with leave is sent no beats that it does not read") {
  Elsewhere f;
  f.give("s1", {.kind = Kind::beat, .count = 3'600'000});
  f.wait(std::chrono::minutes(10));
  f.unreachable.insert("s1");  // a full connection looks so
  f.wait(std::chrono::milliseconds(1'000));
  CHECK(f.show().attempt == 1);
  f.unreachable.clear();
  f.give("s1", {.kind = Kind::beat});
  f.sent.clear();
  f.wait(std::chrono::milliseconds(1'000));
  CHECK(f.take("s1", Kind::beat).size() == 1);
}
