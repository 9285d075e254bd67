// Jobs that have failed beside a checkpoint, and are tried again from there.
#include <catch2/catch.hpp>

#include "tests/flow/gateway/ledger_actions.h"

using namespace flow_test;

namespace {

// A durable job that fails, beside a checkpoint unless `step` is 0.
Ledger::Actions fail(Ledger& ledger, const std::string& id, const std::string& serial_key = "",
                     std::int64_t step = 30) {
  ledger.accept(record(id, serial_key, true));
  ledger.progress(id, ledger.find(id)->epoch, {.step = step, .checkpoint_step = step});
  return ledger.step({Type::fail, id, fault("internal", "no memory")});
}

std::vector<std::string> let_go(const Ledger::Actions& actions) {
  std::vector<std::string> jobs;
  for (const auto& action : only(actions, JobAction::Type::let_go)) jobs.push_back(action.job);
  return jobs;
}

std::vector<std::string> kept(const Ledger& ledger) {
  std::vector<std::string> jobs;
  for (const auto* job : ledger.kept()) jobs.push_back(job->id);
  return jobs;
}

using Ids = std::vector<std::string>;

}  // namespace

TEST_CASE("a job that fails beside a checkpoint is kept, and a retry goes on from there") {
  Ledger ledger;
  const auto failed = fail(ledger, "a", "model");
  REQUIRE(ended(failed).size() == 1);
  CHECK(ended(failed)[0].ended->is_kept());
  CHECK(ledger.find("a")->fault.hint.starts_with("souvenir jobs retry a goes on from step 30"));
  const auto begun = started(ledger.retry("a"));
  REQUIRE(begun.size() == 1);
  CHECK(begun[0].epoch == 2);
  const JobRecord& job = *ledger.find("a");
  CHECK(job.state == JobState::running);
  CHECK(job.checkpoint_step == 30);
  CHECK(job.attempt == 2);
  CHECK(job.ended_ms == 0);
  CHECK(job.fault.cause.empty());
  CHECK(ledger.retry("a").empty());  // it runs
  CHECK(ended(ledger.step({Type::finish, "a"})).size() == 1);
  CHECK(kept(ledger).empty());
}

TEST_CASE("after a retry a job has all its attempts again") {
  Ledger ledger;
  fail(ledger, "a");
  ledger.retry("a");
  for (std::uint32_t lost = 1; lost < Ledger::kMaxAttempts; ++lost) {
    CHECK(started(ledger.step({Type::lose, "a", fault("stage_died")})).size() == 1);
  }
  CHECK(ended(ledger.step({Type::lose, "a", fault("stage_died")})).size() == 1);
  CHECK(started(ledger.retry("a")).size() == 1);
}

TEST_CASE(
    "nothing is kept of a job without a checkpoint, of one that was cancelled, and of a call") {
  Ledger ledger;
  fail(ledger, "none", "", 0);
  ledger.accept(record("cancelled", "", true));
  ledger.progress("cancelled", 1, {.checkpoint_step = 30});
  ledger.step({Type::cancel, "cancelled"});
  JobRecord call = record("call", "", true);
  call.call = true;
  ledger.accept(call);
  ledger.progress("call", 1, {.checkpoint_step = 30});
  ledger.step({Type::fail, "call", fault("internal")});
  ledger.accept(record("plain"));
  ledger.progress("plain", 1, {.checkpoint_step = 30});
  ledger.step({Type::fail, "plain", fault("internal")});
  CHECK(kept(ledger).empty());
  for (const char* job : {"none", "cancelled", "call", "plain", "absent"}) {
    CHECK(ledger.retry(job).empty());
  }
}

TEST_CASE("the next job of the same serial key lets go of what is kept, another one does not") {
  Ledger ledger;
  fail(ledger, "a", "model");
  CHECK(let_go(ledger.accept(record("other", "another model", true))).empty());
  const auto actions = ledger.accept(record("b", "model", true));
  CHECK(let_go(actions) == Ids{"a"});
  CHECK(actions.back().type == JobAction::Type::start);  // only then
  CHECK(ledger.find("a")->checkpoint_step == 0);
  CHECK(ledger.retry("a").empty());
}

TEST_CASE("of a failed job nothing is kept when the next one waits already") {
  Ledger ledger;
  ledger.accept(record("a", "model", true));
  ledger.accept(record("b", "model", true));
  ledger.progress("a", 1, {.checkpoint_step = 30});
  const auto actions = ledger.step({Type::fail, "a", fault("internal")});
  CHECK(let_go(actions) == Ids{"a"});
  CHECK(started(actions).at(0).job == "b");
}

TEST_CASE("so many failed jobs are kept, and of one more the oldest is let go") {
  Ledger ledger;
  Ids all;
  for (std::size_t i = 0; i < Ledger::kMostKept; ++i) {
    all.push_back("j" + std::to_string(i));
    CHECK(let_go(fail(ledger, all.back())).empty());
  }
  CHECK(kept(ledger) == all);
  CHECK(let_go(fail(ledger, "last")) == Ids{"j0"});
  CHECK(kept(ledger).size() == Ledger::kMostKept);
}

TEST_CASE("what is kept goes when its job is forgotten, and comes back with a restart") {
  Ledger ledger;
  fail(ledger, "a");
  JobRecord failed = *ledger.find("a");
  const auto forgotten = ledger.expire(1);
  CHECK(let_go(forgotten) == Ids{"a"});
  CHECK(only(forgotten, JobAction::Type::forget).size() == 1);
  CHECK(ledger.find("a") == nullptr);
  Ledger again;
  again.restore({failed});
  CHECK(kept(again) == Ids{"a"});
  CHECK(started(again.retry("a")).at(0).epoch == 2);
}
