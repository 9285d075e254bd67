// How far a job is, as lists of jobs show it: what is told is true of what the job does now.
#include <catch2/catch.hpp>

#include "tests/flow/gateway/begun.h"

using namespace flow_test;

namespace {

// One that its first stage has brought to step 150 of 300, with a checkpoint at 100.
struct Midway : Begun {
  Midway() {
    give("s1", {.kind = Kind::progress, .job = job, .epoch = 1},
         schemas::pack(schemas::Progress{
             .text = "training", .step = 150, .total = 300, .eta_s = 2.0, .checkpoint_step = 100}));
  }
  void check_goes_back(const std::string& state) {
    const auto shown = show();
    CHECK(shown.state == state);
    CHECK(shown.step == 100);
    CHECK(shown.total == 300);
    CHECK(shown.checkpoint_step == 100);
    CHECK(shown.stage.empty());
    CHECK(shown.text.empty());
    CHECK_FALSE(shown.eta_s);
  }
};

}  // namespace

TEST_CASE("a job that runs shows its stage, its step and its time") {
  Midway f;
  const auto shown = f.show();
  CHECK(shown.stage == "first");
  CHECK(shown.step == 150);
  CHECK(shown.eta_s == 2.0);
}

TEST_CASE("a job that was interrupted or paused shows what it goes on from, and no time") {
  const std::string how =
      GENERATE(as<std::string>{}, "server killed", "stage killed", "paused", "paused, killed");
  CAPTURE(how);
  Midway f;
  if (how == "stage killed") f.die(0);
  if (how.starts_with("paused")) {
    f.control(5, "pause", f.job);
    f.report();
  }
  if (how.ends_with("killed") && how != "stage killed") f.restart();
  f.check_goes_back(how.starts_with("paused") ? "paused" : "running");
}

TEST_CASE("a job that has ended shows how, and is in no stage") {
  Midway f;
  f.control(5, "cancel", f.job);
  f.take("client", Kind::report);
  const auto cancelled = f.show();
  CHECK(cancelled.state == "cancelled");
  CHECK(cancelled.stage.empty());
  CHECK_FALSE(cancelled.eta_s);

  Midway whole;
  whole.emit("s1", whole.work, true);
  whole.emit("s2", whole.take("s2", Kind::work).at(0), true);
  const auto done = whole.show();
  CHECK(done.state == "done");
  CHECK(done.stage.empty());
  CHECK(done.text.empty());
}

TEST_CASE("a job that failed beside a checkpoint shows where it failed, and the step of a retry") {
  Midway f;
  f.give("s1", {.kind = Kind::failed, .id = f.work.header.id},
         schemas::pack(schemas::Fault{"internal", "", "", "no luck", ""}));
  const auto shown = f.show();
  CHECK(shown.state == "failed");
  CHECK(shown.stage == "first");
  CHECK(shown.step == 100);
}

TEST_CASE("who waits behind a paused job is told no time") {
  Fixture f;
  f.flow.routes[1].durable = true;
  f.join_all();
  for (const std::uint64_t id : {1, 2, 3}) f.request(id, "/serial", "same");
  f.now += std::chrono::seconds(10);
  f.emit("s1", f.take("s1", Kind::work).at(0), true);
  f.emit("s2", f.take("s2", Kind::work).at(0), true);
  f.control(8, "list");
  const auto jobs = f.report();
  CHECK(jobs.at(2).eta_s);
  f.control(9, "pause", jobs.at(1).id);
  f.take("client", Kind::report);
  f.control(10, "list");
  CHECK_FALSE(f.report().at(2).eta_s);
}
