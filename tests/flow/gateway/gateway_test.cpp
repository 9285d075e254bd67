#include "flow/gateway/gateway.h"

#include <catch2/catch.hpp>

#include "tests/flow/gateway/gateway_fixture.h"

using namespace flow;
using namespace flow_test;

TEST_CASE("a request goes along its route and its answer comes back, then one end") {
  Fixture f;
  f.join_all();
  f.request(7);
  CHECK(f.take("client", Kind::accepted).size() == 1);
  const auto first = f.take("s1", Kind::work);
  REQUIRE(first.size() == 1);
  CHECK(first[0].header.owner == "me");
  f.emit("s1", first[0], true);
  const auto second = f.take("s2", Kind::work);
  REQUIRE(second.size() == 1);
  CHECK(second[0].header.hop == 1);
  CHECK(second[0].header.last);
  f.emit("s2", second[0], true);
  const auto results = f.take("client", Kind::result);
  REQUIRE(results.size() == 1);
  CHECK(results[0].header.id == 7);
  CHECK(f.ended("client").outcome == "done");
  CHECK(f.take("s1", Kind::ended).size() == 1);
  CHECK(f.take("s2", Kind::ended).size() == 1);
}

TEST_CASE("of a plain request a stage hears the end only if its executor wants to") {
  Fixture f;
  f.flow.stages[1].plugin.hears_end = false;
  f.made = f.make();
  f.join_all();
  f.request(7);
  f.emit("s1", f.take("s1", Kind::work).at(0), true);
  f.emit("s2", f.take("s2", Kind::work).at(0), true);
  CHECK(f.take("s1", Kind::ended).size() == 1);
  CHECK(f.take("s2", Kind::ended).empty());
  SECTION("of a stream each does") {
    f.request(8);
    const auto first = f.take("s1", Kind::work).at(0);
    f.emit("s1", first, false);
    f.emit("s1", first, true);
    for (const auto& work : f.take("s2", Kind::work)) f.emit("s2", work, true);
    CHECK(f.take("s2", Kind::ended).size() == 1);
  }
  SECTION("of a request that is cancelled each does") {
    f.request(8);
    f.emit("s1", f.take("s1", Kind::work).at(0), true);
    f.give("client", {.kind = Kind::cancel, .id = 8});
    CHECK(f.take("s2", Kind::ended).size() == 1);
  }
}

TEST_CASE("an unknown endpoint and a wrong type are refused with the nearest name") {
  Fixture f;
  f.join_all();
  f.request(1, "/runn");
  auto refused = f.take("client", Kind::refused);
  REQUIRE(refused.size() == 1);
  const auto fault = schemas::unpack<schemas::Fault>(refused[0].body.view());
  CHECK(fault.code == "not_found");
  CHECK(fault.cause.find("did you mean '/run'") != std::string::npos);
  f.give("client",
         {.kind = Kind::request, .id = 2, .endpoint = "/run", .type = "texts.v1", .owner = "me"},
         "\x80");
  refused = f.take("client", Kind::refused);
  REQUIRE(refused.size() == 1);
  CHECK(schemas::unpack<schemas::Fault>(refused[0].body.view()).code == "bad_input");
}

TEST_CASE("an endpoint that executors call is not for clients") {
  Fixture f;
  Flow flow = two_stages();
  flow.stages[0].plugin.calls = {{"/serial", "text.v1", "text.v1"}};
  Gateway gateway(flow,
                  {[&](const std::string& peer, const Packet& packet) {
                     f.sent.emplace_back(peer, packet);
                     return true;
                   },
                   [](std::size_t, std::uint32_t) {}},
                  f.journal);
  Header header{
      .kind = Kind::request, .id = 1, .endpoint = "/serial", .type = "text.v1", .owner = "me"};
  gateway.on_packet("client", {header, schemas::Blob(schemas::pack(schemas::Text{"x"})), {}},
                    f.now);
  const auto refused = f.take("client", Kind::refused);
  REQUIRE(refused.size() == 1);
  CHECK(schemas::unpack<schemas::Fault>(refused[0].body.view()).code == "forbidden");
}

TEST_CASE(
    "a stage that dies in the middle fails its job with stage_died, and the next request tasks") {
  Fixture f;
  f.join_all();
  f.request(1);
  f.take("s1", Kind::work);
  f.gateway().on_stage_died(0, 0, "was killed by signal 9 (Killed)", true);
  const auto ended = f.ended("client");
  CHECK(ended.outcome == "failed");
  CHECK(ended.fault.code == "stage_died");
  CHECK(ended.fault.stage == "first");
  CHECK(ended.fault.cause.find("signal 9") != std::string::npos);
  f.request(2);
  CHECK(f.take("s1", Kind::work).empty());
  f.join("s1-again", 0);
  const auto work = f.take("s1-again", Kind::work);
  REQUIRE(work.size() == 1);
  f.emit("s1-again", work[0], true);
  f.emit("s2", f.take("s2", Kind::work).at(0), true);
  CHECK(f.ended("client").outcome == "done");
}

TEST_CASE("the death of a stage that a job has passed does not hurt the job") {
  Fixture f;
  f.join_all();
  f.request(1);
  f.emit("s1", f.take("s1", Kind::work).at(0), true);
  f.gateway().on_stage_died(0, 0, "ended", true);
  f.emit("s2", f.take("s2", Kind::work).at(0), true);
  CHECK(f.ended("client").outcome == "done");
}

TEST_CASE("a stream keeps its order, its end is marked, and its window is told") {
  Fixture f;
  f.join_all();
  f.request(1);
  const auto source = f.take("s1", Kind::work).at(0);
  CHECK(source.header.count == 64);
  for (int i = 0; i < 3; ++i) f.emit("s1", source, i == 2, std::to_string(i));
  const auto stream = f.take("s2", Kind::work);
  REQUIRE(stream.size() == 3);
  for (std::size_t i = 0; i < 3; ++i) CHECK(stream[i].header.seq == i);
  CHECK_FALSE(stream[1].header.last);
  CHECK(stream[2].header.last);
  f.give("s2", {.kind = Kind::done, .id = stream[0].header.id});
  f.give("s2", {.kind = Kind::done, .id = stream[1].header.id});
  CHECK(f.take("client", Kind::ended).empty());
  f.emit("s2", stream[2], true);
  CHECK(f.ended("client").outcome == "done");
}

TEST_CASE("a stage with an unfinished stream hears what was taken") {
  Fixture f;
  f.join_all();
  f.request(1);
  const auto source = f.take("s1", Kind::work).at(0);
  f.emit("s1", source, false);
  f.give("s2", {.kind = Kind::done, .id = f.take("s2", Kind::work).at(0).header.id});
  const auto acked = f.take("s1", Kind::ack);
  REQUIRE(acked.size() == 1);
  CHECK(acked[0].header.id == source.header.id);
  CHECK(acked[0].header.count == 1);
}

TEST_CASE("work in flight never exceeds the credit") {
  Fixture f;
  f.join("s1", 0, 2);
  for (std::uint64_t id = 1; id <= 5; ++id) f.request(id);
  const auto work = f.take("s1", Kind::work);
  REQUIRE(work.size() == 2);
  f.give("s1", {.kind = Kind::done, .id = work[0].header.id});
  CHECK(f.take("s1", Kind::work).size() == 1);
}

TEST_CASE("a full queue that rejects says so, and what was accepted is kept") {
  Fixture f;
  f.flow.stages[0].when_full = WhenFull::reject;
  for (std::uint64_t id = 1; id <= 3; ++id) f.request(id);
  const auto refused = f.take("client", Kind::refused);
  REQUIRE(refused.size() == 1);
  CHECK(schemas::unpack<schemas::Fault>(refused[0].body.view()).code == "queue_full");
  CHECK(f.take("client", Kind::accepted).size() == 2);
}

TEST_CASE("jobs of a serial route wait for each other by key and owner") {
  Fixture f;
  f.join_all();
  f.request(1, "/serial", "same");
  f.request(2, "/serial", "same");
  f.request(3, "/serial", "other");
  const auto work = f.take("s1", Kind::work);
  REQUIRE(work.size() == 2);
  f.give("s1", {.kind = Kind::done, .id = work[0].header.id});
  CHECK(f.take("s1", Kind::work).size() == 1);
}

TEST_CASE("only who asked for a job can cancel it; its stages hear of the end") {
  Fixture f;
  f.join_all();
  f.request(1);
  const std::string job = f.take("client", Kind::accepted).at(0).header.job;
  f.give("stranger", {.kind = Kind::cancel, .job = job});
  CHECK(f.take("client", Kind::ended).empty());
  f.give("client", {.kind = Kind::cancel, .id = 1});
  CHECK(f.ended("client").outcome == "cancelled");
  CHECK(f.take("s1", Kind::ended).size() == 1);
}

TEST_CASE("a client that is gone cancels a job that only answers") {
  Fixture f;
  f.join_all();
  f.request(1);
  f.unreachable.insert("client");
  f.emit("s1", f.take("s1", Kind::work).at(0), true);
  f.emit("s2", f.take("s2", Kind::work).at(0), false);
  CHECK(f.take("s2", Kind::ended).size() == 1);
}

TEST_CASE("a call of a stage runs another route and its answer comes back to the caller") {
  Fixture f(with_calls());
  f.join_all();
  f.request(1);
  const auto work = f.take("s1", Kind::work).at(0);
  f.call("s1", work.header.job, 50);
  f.emit("s1", f.take("s1", Kind::work).at(0), true);
  f.emit("s2", f.take("s2", Kind::work).at(0), true, "answered");
  const auto reply = f.take("s1", Kind::reply);
  REQUIRE(reply.size() == 1);
  CHECK(reply[0].header.id == 50);
  CHECK(schemas::unpack<schemas::Text>(reply[0].body.view()).text == "answered");
  CHECK(f.take("client", Kind::result).empty());
}

TEST_CASE("a failure inside a call reaches the caller with its own fault") {
  Fixture f(with_calls());
  f.join_all();
  f.request(1);
  const auto work = f.take("s1", Kind::work).at(0);
  f.call("s1", work.header.job, 50);
  const auto inner = f.take("s1", Kind::work).at(0);
  f.give("s1", {.kind = Kind::failed, .id = inner.header.id},
         schemas::pack(schemas::Fault{"bad_input", "", "", "no such thing", "try another"}));
  const auto failed = f.take("s1", Kind::failed);
  REQUIRE(failed.size() == 1);
  CHECK(schemas::unpack<schemas::Fault>(failed[0].body.view()).cause == "no such thing");
}

TEST_CASE("a busy stage that is silent beyond its lease is lost and its process ended") {
  Fixture f;
  f.join_all();
  f.request(1);
  f.now += std::chrono::milliseconds(4 * f.flow.stages[0].plugin.silence_ms + 1);
  f.give("s2", {.kind = Kind::beat});
  f.gateway().on_tick(f.now);
  CHECK(f.ended("client").fault.code == "stage_died");
  CHECK(f.killed == std::vector<std::size_t>{0});
}

TEST_CASE(
    "work beyond its executor's timeout fails with timeout, one millisecond before it does not") {
  Fixture f;
  f.flow.stages[0].timeout_ms = 100;
  f.join_all();
  f.request(1);
  f.now += std::chrono::milliseconds(100);
  f.gateway().on_tick(f.now);
  CHECK(f.take("client", Kind::ended).empty());
  f.now += std::chrono::milliseconds(1);
  f.gateway().on_tick(f.now);
  CHECK(f.ended("client").fault.code == "timeout");
}

TEST_CASE("a stage that is given up makes its requests unavailable with the reason") {
  Fixture f;
  f.join("s2", 1);
  f.request(1);
  f.gateway().on_stage_died(0, 0, "ended with exit code 3", false);
  CHECK(f.ended("client").fault.code == "unavailable");
  f.request(2);
  const auto ended = f.ended("client");
  CHECK(ended.fault.code == "unavailable");
  CHECK(ended.fault.cause.find("exit code 3") != std::string::npos);
}

TEST_CASE("a durable job outlasts a stage that is given up, which is tried again each minute") {
  Fixture f;
  f.join_all();
  f.request(1, "/durable");
  f.gateway().on_stage_died(0, 0, "was killed by signal 11", false);
  f.request(2, "/durable");
  CHECK(f.take("client", Kind::ended).empty());
  const auto wait = [&](std::chrono::milliseconds time) {
    f.now += time;
    f.give("s2", {.kind = Kind::beat});
    f.gateway().on_tick(f.now);
  };
  wait(flow::Replicas::kSecondChance - std::chrono::milliseconds(1));
  CHECK(f.started.empty());
  wait(std::chrono::milliseconds(1));
  REQUIRE(f.started.size() == 1);
  f.gateway().on_stage_died(0, 0, "was killed by signal 11", false);
  wait(flow::Replicas::kSecondChance);
  REQUIRE(f.started.size() == 2);
  f.join("new", 0);
  const auto tasks = f.take("new", Kind::work);
  REQUIRE(tasks.size() == 2);
  for (const auto& work : tasks) f.emit("new", work, true);
  for (const auto& work : f.take("s2", Kind::work)) f.emit("s2", work, true);
  CHECK(f.take("client", Kind::ended).size() == 2);
  wait(2 * flow::Replicas::kSecondChance);
  CHECK(f.started.size() == 2);
}

TEST_CASE("a plugin that is not the checked one is not taken in") {
  Fixture f;
  auto other = f.flow.stages[0].plugin;
  other.handlers[0].emits = {"picture.v1"};
  f.give("s1", {.kind = Kind::hello},
         schemas::pack(schemas::Hello{"first", 0, 1, executor::to_json(other)}));
  CHECK(f.take("s1", Kind::refused).size() == 1);
  CHECK(f.take("s1", Kind::welcome).empty());
}

TEST_CASE(
    "a stranger that talks like a stage, or sends garbage, is refused and nothing else happens") {
  Fixture f;
  f.join_all();
  f.give("stranger", {.kind = Kind::emit, .id = 1});
  CHECK(f.take("stranger", Kind::refused).size() == 1);
  f.gateway().on_garbage("stranger", 0, "no header frame");
  CHECK(f.take("stranger", Kind::refused).size() == 1);
  CHECK(f.gateway().all_ready());
}
