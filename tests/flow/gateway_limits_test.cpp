// What a user may ask for at once, a full disk, and silences.
#include <catch2/catch.hpp>

#include "tests/flow/begun.h"

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
  std::deque<Packet> works;
  for (int step = 0; step < 8; ++step) {
    f.now += std::chrono::seconds(1);
    f.give("s1", {.kind = Kind::beat});
    for (const auto& work : f.take("s2", Kind::work)) works.push_back(work);
    f.give("s2", {.kind = Kind::done, .id = works.at(0).header.id});
    works.pop_front();
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
