// Stages that another host shall bring, and that are not there.
#include "flow/gateway/absences.h"

#include <catch2/catch.hpp>

#include "tests/flow/gateway/begun.h"

using namespace flow;
using namespace flow_test;
using std::chrono::milliseconds;

namespace {

constexpr const char* kCommand =
    "souvenir stage second --plugin louder.so --connect tcp://127.0.0.1:7871";

Flow far(Flow flow = two_stages()) {
  flow.stages[1].remote = true;
  flow.stages[1].run = "louder";
  return flow;
}

// The first stage is here, the second is another host's.
struct Far : Fixture {
  explicit Far(Flow flow_in = far()) : Fixture(std::move(flow_in)) {
    join("s1", 0);
    tick(milliseconds(0));
  }
  void tick(milliseconds time) {
    now += time;
    give("s1", {.kind = Kind::beat});
    gateway().on_tick(now);
  }
  // A request that waits for the second stage.
  void wait(const std::string& endpoint = "/run", std::uint64_t id = 1) {
    request(id, endpoint);
    emit("s1", take("s1", Kind::work).at(0), true);
  }
  std::vector<std::string> told() {
    std::vector<std::string> texts;
    for (const auto& packet : take("client", Kind::progress)) {
      texts.push_back(schemas::unpack<schemas::Progress>(packet.body.view()).text);
    }
    return texts;
  }
};

}  // namespace

TEST_CASE("who waits for a stage that never came is told which, and how it is started, once") {
  Far f;
  f.wait();
  f.tick(Absences::kTold - milliseconds(1));
  CHECK(f.told().empty());
  f.tick(milliseconds(1));
  const auto told = f.told();
  REQUIRE(told.size() == 1);
  CHECK_THAT(told[0], Catch::StartsWith("waiting: the stage 'second' is not here: no process") &&
                          Catch::Contains(kCommand));
  f.tick(milliseconds(100));
  CHECK(f.told().empty());
  f.wait("/run", 2);  // whoever asks now need not wait for the word
  f.tick(milliseconds(100));
  CHECK(f.told().size() == 1);
}

TEST_CASE("who asks for a stage that is away for longer than its `ready` fails with the remedy") {
  Far f;
  f.wait();
  f.tick(milliseconds(f.flow.stages[1].ready_ms));
  CHECK(f.take("client", Kind::ended).empty());
  f.tick(milliseconds(1));
  const auto fault = f.ended("client").fault;
  CHECK(fault.code == "unavailable");
  CHECK(fault.stage == "second");
  CHECK_THAT(fault.cause, Catch::Contains("is not here") && !Catch::Contains("hung"));
  CHECK_THAT(fault.hint, Catch::Contains(kCommand));
}

TEST_CASE("a durable job is told of the absence and outlasts it") {
  Far f;
  f.wait("/durable");
  f.tick(milliseconds(f.flow.stages[1].ready_ms + 1));
  CHECK(f.told().size() == 1);
  CHECK(f.take("client", Kind::ended).empty());
  f.control(9, "list");
  CHECK_THAT(f.report().at(0).text, Catch::Contains("'second' is not here"));
  f.join("s2", 1);
  f.tick(milliseconds(100));
  CHECK(f.told() == std::vector<std::string>{"has joined"});
  f.emit("s2", f.take("s2", Kind::work).at(0), true);
  CHECK(f.ended("client").outcome == "done");
}

TEST_CASE(
    "a stage that went and is back in time is not worth a word; else it is said how it went") {
  Far f;
  f.join("s2", 1);
  f.tick(milliseconds(100));
  f.give("s2", {.kind = Kind::bye});
  f.wait();
  f.tick(milliseconds(100));
  f.tick(Absences::kTold - milliseconds(1));
  f.join("s2", 1);
  f.tick(milliseconds(100));
  CHECK(f.told().empty());
  f.give("s2", {.kind = Kind::bye});
  f.take("client", Kind::ended);
  f.wait("/run", 2);
  f.tick(milliseconds(100));
  f.tick(Absences::kTold);
  const auto told = f.told();
  REQUIRE(told.size() == 1);
  CHECK_THAT(told[0], Catch::Contains("its last process left"));
}

TEST_CASE("a deadline that passes meanwhile says what was missing") {
  Far f;
  Header header{.kind = Kind::request, .id = 1, .endpoint = "/run", .type = "text.v1"};
  header.owner = "me";
  header.deadline_ms = 1'000;
  f.give("client", header, schemas::pack(schemas::Text{"x"}));
  f.emit("s1", f.take("s1", Kind::work).at(0), true);
  f.tick(milliseconds(1'000));
  const auto fault = f.ended("client").fault;
  CHECK(fault.code == "timeout");
  CHECK(fault.stage == "second");
  CHECK_THAT(fault.cause, Catch::Contains("deadline") && Catch::Contains("'second' is not here"));
  CHECK_THAT(fault.hint, Catch::Contains(kCommand));
}

TEST_CASE("what a call waits for is told to who asked first") {
  Far f(far(with_calls()));
  f.request(1);
  f.call("s1", f.take("s1", Kind::work).at(0).header.job, 50);
  f.emit("s1", f.take("s1", Kind::work).at(0), true);
  f.tick(Absences::kTold);
  CHECK(f.told().size() == 1);
}

TEST_CASE("a process that is nowhere is absent, and nobody says that it hangs") {
  Far f;
  f.flow.stages[1].replicas = 2;
  f.restart();
  f.join("s1", 0);
  const auto shown = [&] {
    const auto stages = f.gateway().status().stages;
    return std::vector(stages.begin() + 1, stages.end());
  };
  REQUIRE(shown().size() == 2);
  for (const auto& each : shown()) {
    CHECK(each.state == "absent");
    CHECK(each.silence_ms == 0);
    CHECK_THAT(each.text, Catch::Contains(kCommand));
  }
  CHECK(f.gateway().all_ready());
  f.join("s2", 1);
  f.join("s3", 1);  // both say that they are the first
  REQUIRE(shown().size() == 2);
  for (const auto& each : shown()) CHECK(each.state == "ready");
}
