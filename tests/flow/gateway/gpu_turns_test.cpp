#include "flow/gateway/gpu_turns.h"

#include <catch2/catch.hpp>

#include "tests/flow/gateway/gateway_fixture.h"

using namespace flow;
using namespace flow_test;
using std::chrono::milliseconds;

namespace {

constexpr std::size_t kTrainer = 0, kGenerator = 1, kEncoder = 2;

// Two stages that share a GPU, and a route to each.
struct Shared : Fixture {
  Shared() {
    for (auto& stage : flow.stages) stage.shares_gpu = true;
    flow.routes[0].path = {0};
    flow.routes[1] = {.endpoint = "/second", .path = {1}, .accepts = {"text.v1"}};
    flow.routes.push_back(flow.routes[1]);
    flow.routes.back().endpoint = "/called";
    flow.stages[0].plugin.calls = {{"/called", "text.v1", "text.v1"}};
    made = make();
    join_all();
  }
  std::size_t tasks(const std::string& peer) { return take(peer, Kind::work).size(); }
};

}  // namespace

TEST_CASE("a stage that is alone goes on") {
  GpuTurns turns;
  Time now{};
  for (int i = 0; i < 10; ++i) {
    CHECK(turns.next({kTrainer}, false, now) == kTrainer);
    now += GpuTurns::kTurn;
  }
  CHECK_FALSE(turns.next({}, false, now));
}

TEST_CASE("nobody begins while somebody computes") {
  GpuTurns turns;
  CHECK_FALSE(turns.next({kTrainer, kGenerator}, true, Time{}));
  CHECK(turns.next({kTrainer, kGenerator}, false, Time{}));
}

TEST_CASE("a turn lasts until kTurn is over, and not longer when another waits") {
  GpuTurns turns;
  Time now{};
  CHECK(turns.next({kTrainer}, false, now) == kTrainer);
  now += GpuTurns::kTurn - milliseconds(1);
  CHECK(turns.next({kTrainer, kGenerator}, false, now) == kTrainer);
  now += milliseconds(1);
  CHECK(turns.next({kTrainer, kGenerator}, false, now) == kGenerator);
  CHECK(turns.next({kTrainer, kGenerator}, false, now) == kGenerator);
  CHECK(turns.next({kTrainer}, false, now) == kTrainer);  // the other has no work any more
}

TEST_CASE("of those that wait the one that waits longest is next") {
  GpuTurns turns;
  Time now{};
  CHECK(turns.next({kTrainer}, false, now) == kTrainer);
  turns.next({kTrainer, kEncoder}, true, now + milliseconds(10));
  turns.next({kTrainer, kEncoder, kGenerator}, true, now + milliseconds(20));
  now += GpuTurns::kTurn;
  CHECK(turns.next({kTrainer, kEncoder, kGenerator}, false, now) == kEncoder);
  now += GpuTurns::kTurn;
  CHECK(turns.next({kTrainer, kEncoder, kGenerator}, false, now) == kGenerator);
  now += GpuTurns::kTurn;
  CHECK(turns.next({kTrainer, kEncoder, kGenerator}, false, now) == kTrainer);
}

TEST_CASE("who stops waiting loses its place") {
  GpuTurns turns;
  Time now{};
  CHECK(turns.next({kTrainer}, false, now) == kTrainer);
  turns.next({kTrainer, kEncoder}, true, now + milliseconds(10));
  turns.next({kTrainer, kGenerator}, true, now + milliseconds(20));
  turns.next({kTrainer, kEncoder, kGenerator}, true, now + milliseconds(30));
  CHECK(turns.next({kTrainer, kEncoder, kGenerator}, false, now + GpuTurns::kTurn) == kGenerator);
}

TEST_CASE("stages that share a GPU work one at a time, one piece each") {
  Shared f;
  f.request(1, "/run");
  f.request(2, "/run");
  f.request(3, "/second");
  const auto first = f.take("s1", Kind::work);
  REQUIRE(first.size() == 1);
  CHECK(f.tasks("s2") == 0);
  f.now += GpuTurns::kTurn;
  f.emit("s1", first[0], true);
  CHECK(f.tasks("s1") == 0);
  const auto second = f.take("s2", Kind::work);
  REQUIRE(second.size() == 1);
  f.emit("s2", second[0], true);
  CHECK(f.tasks("s1") == 1);
}

TEST_CASE("the turn of a process that dies goes to another") {
  Shared f;
  f.request(1, "/run");
  f.request(2, "/second");
  CHECK(f.tasks("s1") == 1);
  CHECK(f.tasks("s2") == 0);
  f.gateway().on_stage_died(0, 0, "was killed", true);
  CHECK(f.tasks("s2") == 1);
}

TEST_CASE("a stage that hangs loses the turn with its lease") {
  Shared f;
  f.request(1, "/run");
  f.request(2, "/second");
  CHECK(f.tasks("s1") == 1);
  f.now += milliseconds(4 * f.flow.stages[0].plugin.silence_ms + 1);
  f.give("s2", {.kind = Kind::beat});
  f.gateway().on_tick(f.now);
  CHECK(f.killed == std::vector<std::size_t>{0});
  CHECK(f.tasks("s2") == 1);
}

TEST_CASE("what the stage at work has called for is done meanwhile") {
  Shared f;
  f.request(1, "/run");
  f.request(2, "/second");
  const auto work = f.take("s1", Kind::work).at(0);
  f.call("s1", work.header.job, 50);
  const auto called = f.take("s2", Kind::work);
  REQUIRE(called.size() == 1);
  CHECK(called[0].header.job != work.header.job);
  CHECK(schemas::unpack<schemas::Text>(called[0].body.view()).text == "asked");
  f.emit("s2", called[0], true);
  CHECK(f.take("s1", Kind::reply).size() == 1);
  CHECK(f.tasks("s2") == 0);  // the other request waits for its turn
}
