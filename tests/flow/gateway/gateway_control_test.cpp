// What clients ask about their jobs: retry, pause, watch, and the same request once more.
#include <catch2/catch.hpp>

#include "tests/flow/gateway/begun.h"

using namespace flow;
using namespace flow_test;

namespace {

void ask_as(Fixture& f, const std::string& owner, const std::string& endpoint,
            const std::string& text) {
  f.give(owner,
         {.kind = Kind::request, .id = 1, .endpoint = endpoint, .type = "text.v1", .owner = owner},
         schemas::pack(schemas::Text{text}));
}

}  // namespace

TEST_CASE("a job with a key that is retried on a plain route goes on without its client, too") {
  Fixture f;
  f.join_all();
  f.request(1, "/run", "x", "client", "the key");
  const std::string failed = accepted(f);
  f.give("s1", {.kind = Kind::failed, .id = f.take("s1", Kind::work).at(0).header.id},
         schemas::pack(schemas::Fault{"internal", "", "", "out of memory", ""}));
  CHECK(f.ended("client").outcome == "failed");
  f.control(2, "retry", failed, "command");
  const std::string fresh = accepted(f, "command");
  f.unreachable.insert("command");  // it has printed the id and leaves
  const auto work = f.take("s1", Kind::work).at(0);
  f.give("s1", {.kind = Kind::progress, .job = fresh, .epoch = work.header.epoch},
         schemas::pack(schemas::Progress{.step = 1, .total = 2}));
  f.emit("s1", work, true);
  f.emit("s2", f.take("s2", Kind::work).at(0), true, "answer");
  f.control(3, "watch", fresh);
  CHECK(f.take("client", Kind::result).size() == 1);
  CHECK(f.ended("client").outcome == "done");
}

namespace {

// A job on /durable that has failed beside a checkpoint.
struct Kept : Begun {
  Kept() {
    give("s1", {.kind = Kind::progress, .job = job, .epoch = 1},
         schemas::pack(schemas::Progress{.step = 40, .total = 100, .checkpoint_step = 30}));
    give("s1", {.kind = Kind::failed, .id = work.header.id},
         schemas::pack(schemas::Fault{"internal", "", "", "out of memory", ""}));
    CHECK(ended("client").outcome == "failed");
  }
  std::string told(const std::string& stage) {
    const auto packets = take(stage, Kind::ended);
    if (packets.empty()) return "";
    return schemas::unpack<schemas::Ended>(packets.back().body.view()).outcome;
  }
  std::vector<std::string> open_jobs(const std::string& peer, std::size_t stage) {
    join(peer, stage);
    const auto welcome = take(peer, Kind::welcome).at(0);
    return schemas::unpack<schemas::Welcome>(welcome.body.view()).open_jobs;
  }
};

}  // namespace

TEST_CASE("a job that has failed beside a checkpoint goes on from there when it is retried") {
  Kept f;
  CHECK(f.told("s1") == "interrupted");
  CHECK(f.show().state == "failed");
  f.control(5, "retry", f.job, "command");
  CHECK(accepted(f, "command") == f.job);
  const auto work = f.take("s1", Kind::work).at(0);
  CHECK(work.header.from_step == 30);
  CHECK(work.header.epoch == 2);
  CHECK(work.body.view() == f.work.body.view());
  f.emit("s1", work, true);
  f.emit("s2", f.take("s2", Kind::work).at(0), true, "answer");
  CHECK(f.ended("command").outcome == "done");
  CHECK(f.journal.ends[f.job] == 1);
  CHECK(f.show().state == "done");
  f.control(6, "retry", f.job);
  CHECK(f.refused().code == "bad_input");
}

TEST_CASE("stages that join later, also after a restart, keep what a retry goes on from") {
  Kept f;
  f.restart();
  CHECK(f.open_jobs("s1", 0) == std::vector<std::string>{f.job});
  CHECK(f.open_jobs("s2", 1) == std::vector<std::string>{f.job});
  f.control(5, "retry", f.job);
  CHECK(f.take("s1", Kind::work).at(0).header.from_step == 30);
}

TEST_CASE("stages hear when nothing is to be kept any longer") {
  Kept f;
  f.sent.clear();
  for (std::size_t i = 0; i < Ledger::kMostKept; ++i) {
    CHECK(f.told("s1").empty());
    f.request(10 + i, "/durable");
    const std::string next = accepted(f);
    f.give("s1", {.kind = Kind::progress, .job = next, .epoch = 1},
           schemas::pack(schemas::Progress{.step = 40, .checkpoint_step = 30}));
    f.give("s1", {.kind = Kind::failed, .id = f.take("s1", Kind::work).at(0).header.id},
           schemas::pack(schemas::Fault{"internal", "", "", "out of memory", ""}));
    CHECK(f.ended("client").outcome == "failed");
    const auto said = f.take("s1", Kind::ended);
    CHECK(said.size() == (i + 1 == Ledger::kMostKept ? 2 : 1));
    if (said.size() < 2) continue;
    CHECK(said.back().header.job == f.job);
    CHECK(schemas::unpack<schemas::Ended>(said.back().body.view()).outcome == "failed");
  }
  f.control(90, "retry", f.job);
  CHECK(accepted(f) != f.job);
}

TEST_CASE("a retry is refused while jobs cannot be written down, as its first request would be") {
  Begun f;
  f.give("s1", {.kind = Kind::failed, .id = f.work.header.id},
         schemas::pack(schemas::Fault{"internal", "", "", "out of memory", ""}));
  f.journal.why = "the disk is full";
  f.control(5, "retry", f.job);
  CHECK(f.refused().code == "unavailable");
}

TEST_CASE("nobody pauses a job that has its turn at the shared model, whatever the owner's name") {
  for (const std::string owner : {"me", "meta"}) {
    INFO(owner);
    Fixture f;
    f.flow.routes[1].durable = true;
    f.join_all();
    ask_as(f, owner, "/serial", "meta");
    f.control(2, "pause", accepted(f, owner), owner, owner);
    CHECK(f.refused(owner).code == "forbidden");
    ask_as(f, owner, "/serial", "another");
    f.control(3, "pause", accepted(f, owner), owner, owner);
    CHECK(f.report(owner).at(0).state == "paused");
  }
}

TEST_CASE("a request that comes again before it is on disk joins its job without being read") {
  Fixture f;
  f.join_all();
  f.journal.at_once = false;
  f.request(1, "/run", "x", "client", "the key");
  f.request(1, "/run", "y", "client", "the key");  // of one size: the same, as its number says
  CHECK(f.take("client", Kind::refused).empty());
  f.request(1, "/run", "xy", "client", "the key");
  CHECK(f.refused().code == "exists");
  f.request(2, "/run", "y", "client", "the key");
  CHECK(f.refused().code == "exists");
  f.journal.commit();
  f.gateway().on_committed();
  CHECK(f.take("client", Kind::accepted).size() == 1);
  f.request(1, "/run", "y", "client", "the key");
  CHECK(f.refused().code == "exists");
}

TEST_CASE("kept results are read for a watcher that has room for them, and for no other") {
  Begun f;
  f.emit("s1", f.work, true);
  f.emit("s2", f.take("s2", Kind::work).at(0), true,
         std::string(Backlog::kSmallBytes, 'x'));  // with what text.v1 adds, over the limit
  CHECK(f.ended("client").outcome == "done");
  f.request(2, "/durable");
  f.emit("s1", f.take("s1", Kind::work).at(0), true);
  f.emit("s2", f.take("s2", Kind::work).at(0), true, "small");
  const std::string small = accepted(f);
  CHECK(f.ended("client").outcome == "done");
  f.sent.clear();
  f.journal.results_read = 0;
  *f.unread += Backlog::kMostBytes;
  f.control(3, "watch", f.job);
  CHECK(f.ended("client").fault.code == "unavailable");
  CHECK(f.journal.results_read == 0);
  f.control(4, "watch", small);
  CHECK(f.ended("client").outcome == "done");
  CHECK(f.journal.results_read == 1);
}

TEST_CASE("each of two replicas that cannot be constructed is given up for its own reason") {
  Fixture f;
  f.flow.stages[0].replicas = 2;
  f.made = f.make();
  f.join("a", 0, 4, 0);
  f.join("b", 0, 4, 1);
  for (const char* peer : {"a", "b"}) {
    f.give(peer, {.kind = Kind::failed},
           schemas::pack(schemas::Fault{"internal", "", "", std::string("reason of ") + peer, ""}));
  }
  f.gateway().on_stage_died(0, 0, "ended with exit code 3", false);
  f.gateway().on_stage_died(0, 1, "ended with exit code 3", false);
  std::map<std::uint32_t, std::string> reasons;
  for (const auto& each : f.gateway().status().stages) {
    if (each.name == "first") reasons[static_cast<std::uint32_t>(each.replica)] = each.text;
  }
  CHECK(reasons[0] == "reason of a");
  CHECK(reasons[1] == "reason of b");
}

TEST_CASE("nobody watches a job that a stage asked for: its answer is the stage's") {
  Begun f(with_calls());
  f.call("s1", f.job, 50);
  f.control(3, "watch", f.take("s1", Kind::work).at(0).header.job);
  CHECK(f.refused().code == "bad_input");
}
