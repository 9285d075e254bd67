// Durable jobs: accepted after commit, tried again, found again.
#include <catch2/catch.hpp>

#include "tests/flow/gateway/begun.h"

using namespace flow;
using namespace flow_test;

TEST_CASE("a durable request is accepted, and begun, only once it is on disk") {
  Fixture f;
  f.join_all();
  f.journal.at_once = false;
  f.request(1, "/durable");
  CHECK(f.take("client", Kind::accepted).empty());
  CHECK(f.take("s1", Kind::work).empty());
  f.journal.commit();
  f.gateway().on_committed();
  CHECK(f.take("client", Kind::accepted).size() == 1);
  CHECK(f.take("s1", Kind::work).size() == 1);
}

TEST_CASE("the client hears of results and the end only once they are on disk") {
  Begun f;
  f.journal.at_once = false;
  f.emit("s1", f.work, true);
  f.emit("s2", f.take("s2", Kind::work).at(0), true, "answer");
  CHECK(f.take("client", Kind::result).empty());
  CHECK(f.take("client", Kind::ended).empty());
  f.journal.commit();
  f.gateway().on_committed();
  CHECK(f.take("client", Kind::result).size() == 1);
  CHECK(f.ended("client").outcome == "done");
  CHECK(f.journal.ends[f.job] == 1);
}

TEST_CASE("a plain request is not written down") {
  Fixture f;
  f.join_all();
  f.journal.at_once = false;
  f.request(1);
  CHECK(f.take("client", Kind::accepted).size() == 1);
  CHECK_FALSE(f.journal.busy());
  f.request(2, "/run", "x", "client", "a key");
  CHECK(f.take("client", Kind::accepted).empty());
  CHECK(f.journal.busy());
}

TEST_CASE("the job of a stage that dies begins again with the next epoch and its request") {
  Begun f;
  CHECK(f.work.header.epoch == 1);
  f.die(0);
  CHECK(f.take("client", Kind::ended).empty());
  f.join("s1-again", 0);
  const auto again = f.take("s1-again", Kind::work).at(0);
  CHECK(again.header.job == f.job);
  CHECK(again.header.epoch == 2);
  CHECK(again.header.seq == 0);
  CHECK(again.body.view() == f.work.body.view());
  f.emit("s1-again", again, true);
  f.emit("s2", f.take("s2", Kind::work).at(0), true);
  CHECK(f.ended("client").outcome == "done");
}

TEST_CASE("a job that called a route begins again when a stage of that route dies") {
  Begun f(with_calls());
  f.call("s1", f.job, 50);
  f.emit("s1", f.take("s1", Kind::work).at(0), true);
  CHECK(f.take("s2", Kind::work).size() == 1);
  f.die(1);
  CHECK(f.take("s1", Kind::failed).empty());
  CHECK(f.take("client", Kind::ended).empty());
  const auto again = f.take("s1", Kind::work).at(0);
  CHECK(again.header.job == f.job);
  CHECK(again.header.epoch == 2);
  CHECK(f.show().reasons.find("signal 9") != std::string::npos);
}

TEST_CASE("what is called hears for which job of a client it is made, however deep, and no lie") {
  Begun f(with_calls());
  CHECK(f.work.header.root.empty());  // it is that job
  const auto call = [&](const Packet& work, std::uint64_t id) {
    f.give("s1",
           {.kind = Kind::call,
            .id = id,
            .job = work.header.job,
            .root = "j-another",
            .endpoint = "/called",
            .type = "text.v1",
            .epoch = work.header.epoch},
           schemas::pack(schemas::Text{"asked"}));
    return f.take("s1", Kind::work).at(0);
  };
  const auto called = call(f.work, 50);
  CHECK(called.header.job != f.job);
  CHECK(called.header.root == f.job);
  const auto deeper = call(called, 51);
  CHECK(deeper.header.job != called.header.job);
  CHECK(deeper.header.root == f.job);
  f.give("s1",
         {.kind = Kind::emit,
          .id = called.header.id,
          .job = called.header.job,
          .root = "j-another",
          .type = "text.v1",
          .epoch = called.header.epoch,
          .last = true},
         schemas::pack(schemas::Text{"y"}));
  CHECK(f.take("s2", Kind::work).at(0).header.root == f.job);
  f.give("client",
         {.kind = Kind::request,
          .id = 7,
          .root = f.job,
          .endpoint = "/run",
          .type = "text.v1",
          .owner = "me"},
         schemas::pack(schemas::Text{"x"}));
  CHECK(f.take("s1", Kind::work).at(0).header.root.empty());
}

TEST_CASE("the successor of a stage that took part hears of the end") {
  Begun f;
  f.emit("s1", f.work, true);
  f.die(0);  // it has done its part: the job goes on
  f.join("s1-again", 0);
  f.emit("s2", f.take("s2", Kind::work).at(0), true);
  CHECK(f.ended("client").outcome == "done");
  CHECK(f.ended("s1-again").outcome == "done");
}

TEST_CASE("a job whose stages die three times fails with the three reasons") {
  Begun f;
  for (int attempt = 1; attempt <= 3; ++attempt) {
    CHECK(f.take("client", Kind::ended).empty());
    f.die(0);
    f.join("s1", 0);
  }
  const auto ended = f.ended("client");
  CHECK(ended.fault.code == "stage_died");
  CHECK(ended.fault.cause.find("attempt 3") != std::string::npos);
  CHECK(f.journal.ends[f.job] == 1);
}

TEST_CASE("a late result of an old attempt changes nothing, and gives its credit back") {
  Begun f;
  f.emit("s1", f.work, false);  // the first message of a stream
  const auto old = f.take("s2", Kind::work).at(0);
  f.die(0);
  const auto over = f.take("s2", Kind::ended);
  REQUIRE(over.size() == 1);
  CHECK(schemas::unpack<schemas::Ended>(over[0].body.view()).outcome == "interrupted");
  CHECK(over[0].header.epoch == 1);
  f.emit("s2", old, true, "late");
  f.give("s2", {.kind = Kind::progress, .job = f.job, .epoch = 1},
         schemas::pack(schemas::Progress{.step = 9, .checkpoint_step = 9}));
  CHECK(f.show().checkpoint_step == 0);
  f.join("s1", 0);
  f.emit("s1", f.take("s1", Kind::work).at(0), true);
  f.emit("s2", f.take("s2", Kind::work).at(0), true, "in time");
  const auto results = f.take("client", Kind::result);
  REQUIRE(results.size() == 1);
  CHECK(schemas::unpack<schemas::Text>(results[0].body.view()).text == "in time");
  CHECK(f.ended("client").outcome == "done");
}

TEST_CASE("a new attempt goes on from the last checkpoint that a stage told of") {
  Begun f;
  f.give("s1", {.kind = Kind::progress, .job = f.job, .epoch = 1},
         schemas::pack(schemas::Progress{.step = 60, .total = 100, .checkpoint_step = 50}));
  f.die(0);
  f.join("s1", 0);
  const auto again = f.take("s1", Kind::work).at(0);
  CHECK(again.header.from_step == 50);
  f.emit("s1", again, true);
  CHECK(f.take("s2", Kind::work).at(0).header.from_step == 50);
}

TEST_CASE("a gateway that is killed goes on with its jobs; the epoch rises, the attempt does not") {
  Begun f;
  f.give("s1", {.kind = Kind::progress, .job = f.job, .epoch = 1},
         schemas::pack(schemas::Progress{.step = 60, .total = 100, .checkpoint_step = 50}));
  f.restart();
  f.join_all();
  const auto work = f.take("s1", Kind::work).at(0);
  CHECK(work.header.job == f.job);
  CHECK(work.header.epoch == 2);
  CHECK(work.header.from_step == 50);
  CHECK(f.show().attempt == 1);
  f.control(5, "watch", f.job, "later");
  CHECK(accepted(f, "later") == f.job);
  f.emit("s1", work, true);
  f.emit("s2", f.take("s2", Kind::work).at(0), true, "answer");
  CHECK(f.take("later", Kind::result).size() == 1);
  CHECK(f.ended("later").outcome == "done");
}

TEST_CASE("a stage that joins hears which jobs are open") {
  Begun f;
  f.join("s2-again", 1);
  const auto welcome =
      schemas::unpack<schemas::Welcome>(f.take("s2-again", Kind::welcome).at(0).body.view());
  CHECK(welcome.open_jobs == std::vector<std::string>{f.job});
}

TEST_CASE("64 equal requests with one key are one job, and each gets its answer") {
  Fixture f;
  f.join_all();
  f.journal.at_once = false;
  for (std::uint64_t i = 1; i <= 64; ++i) {
    f.request(i, "/run", "same", "client " + std::to_string(i), "the key");
    if (i % 8 == 0) {
      f.journal.commit();
      f.gateway().on_committed();
    }
  }
  std::set<std::string> jobs;
  for (int i = 1; i <= 64; ++i) jobs.insert(accepted(f, "client " + std::to_string(i)));
  CHECK(jobs.size() == 1);
  const auto work = f.take("s1", Kind::work);
  REQUIRE(work.size() == 1);
  f.journal.at_once = true;
  f.emit("s1", work[0], true);
  f.emit("s2", f.take("s2", Kind::work).at(0), true);
  for (int i = 1; i <= 64; ++i) {
    const std::string client = "client " + std::to_string(i);
    CHECK(f.take(client, Kind::result).size() == 1);
    CHECK(f.ended(client).outcome == "done");
  }
}

TEST_CASE(
    "a crash costs the job that was worked on an attempt, and none of those that waited behind") {
  Begun f;
  f.request(2, "/durable", "patient", "other");
  const std::string patient = accepted(f, "other");
  REQUIRE(f.take("s1", Kind::work).size() == 1);  // sent ahead
  f.die(0);
  CHECK(f.show().attempt == 2);
  f.control(98, "show", patient);
  const auto waited = f.report().at(0);
  CHECK(waited.attempt == 1);
  CHECK(waited.epoch == 2);
  CHECK(waited.state == "running");
}

TEST_CASE("as many as may watch a job do, and the next one is told when to try again") {
  Begun f;
  for (std::size_t i = 1; i < flow::Clients::kMaxWatchers; ++i) {
    f.control(i, "watch", f.job, "watcher " + std::to_string(i));
    CHECK(f.take("watcher " + std::to_string(i), Kind::accepted).size() == 1);
  }
  f.control(9, "watch", f.job, "one more");
  const auto refused = f.take("one more", Kind::refused);
  REQUIRE(refused.size() == 1);
  const auto fault = schemas::unpack<schemas::Fault>(refused[0].body.view());
  CHECK(fault.code == "queue_full");
  CHECK(fault.retry_after_s);
}

TEST_CASE("a key that comes again finds its answer after the end, also after a restart") {
  Fixture f;
  f.join_all();
  f.request(1, "/run", "x", "client", "the key");
  const std::string job = accepted(f);
  f.emit("s1", f.take("s1", Kind::work).at(0), true);
  f.emit("s2", f.take("s2", Kind::work).at(0), true, "answer");
  f.ended("client");
  for (int round = 0; round < 2; ++round) {
    f.request(7, "/run", "x", "later", "the key");
    CHECK(accepted(f, "later") == job);
    const auto results = f.take("later", Kind::result);
    REQUIRE(results.size() == 1);
    CHECK(results[0].header.seq == 0);  // as it was counted the first time
    CHECK(results[0].header.last);
    CHECK(f.ended("later").outcome == "done");
    f.restart();
  }
}

TEST_CASE("the key of another request, or of another owner, is not this one") {
  Fixture f;
  f.join_all();
  f.request(1, "/run", "x", "client", "the key");
  const std::string job = accepted(f);
  f.request(2, "/run", "y", "client", "the key");
  CHECK(f.refused().code == "exists");
  Header header{
      .kind = Kind::request, .id = 3, .endpoint = "/run", .type = "text.v1", .owner = "you"};
  header.key = "the key";
  f.give("other", header, schemas::pack(schemas::Text{"x"}));
  CHECK(accepted(f, "other") != job);
  f.request(4, "/run", "x", "client", std::string(129, 'k'));
  CHECK(f.refused().code == "bad_input");
  f.request(5, "/run", "x", "client", std::string(128, 'k'));
  accepted(f);
}

TEST_CASE("a durable job goes on without its client, which finds it again") {
  Begun f;
  f.unreachable.insert("client");
  f.give("s1", {.kind = Kind::progress, .job = f.job, .epoch = 1},
         schemas::pack(schemas::Progress{.step = 3, .total = 9}));
  CHECK(f.take("s1", Kind::ended).empty());
  f.control(5, "watch", f.job, "later");
  CHECK(accepted(f, "later") == f.job);
  const auto progress = f.take("later", Kind::progress);
  REQUIRE(progress.size() == 1);
  CHECK(schemas::unpack<schemas::Progress>(progress[0].body.view()).step == 3);
}

TEST_CASE("a job is its owner's alone: for others there is none") {
  Begun f;
  for (const char* action : {"show", "watch", "cancel", "retry", "pause", "resume"}) {
    f.control(5, action, f.job, "stranger", "you");
    CHECK(f.refused("stranger").code == "not_found");
  }
  f.control(6, "list", "", "stranger", "you");
  CHECK(f.report("stranger").empty());
  f.control(7, "list");
  CHECK(f.report().size() == 1);
  f.control(8, "explode", f.job);
  CHECK(f.refused().code == "bad_input");
}

TEST_CASE("a later client cancels a job, and it ends once") {
  Begun f;
  f.control(5, "cancel", f.job, "later");
  CHECK(f.report("later").at(0).state == "cancelled");
  CHECK(f.take("s1", Kind::ended).size() == 1);
  CHECK(f.ended("client").outcome == "cancelled");
  f.control(6, "cancel", f.job, "later");
  CHECK(f.refused("later").code == "bad_input");
  CHECK(f.journal.ends[f.job] == 1);
}

TEST_CASE("a paused job stops its stages, survives a restart, and is resumed from its checkpoint") {
  Begun f;
  f.give("s1", {.kind = Kind::progress, .job = f.job, .epoch = 1},
         schemas::pack(schemas::Progress{.step = 60, .total = 100, .checkpoint_step = 50}));
  f.control(5, "pause", f.job);
  CHECK(f.report().at(0).state == "paused");
  CHECK(f.take("s1", Kind::ended).size() == 1);
  f.restart();
  f.join_all();
  CHECK(f.take("s1", Kind::work).empty());
  f.control(6, "resume", f.job);
  CHECK(f.report().at(0).state == "running");
  const auto work = f.take("s1", Kind::work).at(0);
  CHECK(work.header.from_step == 50);
  CHECK(work.header.epoch == 2);
  f.control(7, "resume", f.job);
  CHECK(f.refused().code == "bad_input");
}

TEST_CASE("a failed job is retried as a new one with the same request") {
  Begun f;
  f.control(4, "retry", f.job);
  CHECK(f.refused().code == "bad_input");  // it runs
  f.give("s1", {.kind = Kind::failed, .id = f.work.header.id},
         schemas::pack(schemas::Fault{"bad_input", "", "", "no such thing", ""}));
  CHECK(f.ended("client").outcome == "failed");
  f.control(5, "retry", f.job);
  const std::string fresh = accepted(f);
  CHECK(fresh != f.job);
  CHECK(f.take("s1", Kind::work).at(0).body.view() == f.work.body.view());
}
