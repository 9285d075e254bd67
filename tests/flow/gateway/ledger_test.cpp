#include <catch2/catch.hpp>
#include <random>
#include <set>

#include "tests/flow/gateway/ledger_actions.h"

using namespace flow_test;

TEST_CASE("a job that is accepted starts at once, and ends once") {
  Ledger ledger;
  const auto actions = ledger.accept(record("a"));
  REQUIRE(started(actions).size() == 1);
  CHECK(only(actions, JobAction::Type::accepted).size() == 1);
  const auto end = ended(ledger.step({Type::finish, "a"}));
  REQUIRE(end.size() == 1);
  CHECK(end[0].outcome == JobState::done);
  CHECK(ledger.step({Type::fail, "a"}).empty());
  CHECK(ledger.step({Type::cancel, "a"}).empty());
  CHECK(ledger.find("a")->state == JobState::done);
}

TEST_CASE("jobs with one serial key run one after another in order of arrival") {
  Ledger ledger;
  ledger.accept(record("a", "key"));
  CHECK(started(ledger.accept(record("b", "key"))).empty());
  CHECK(started(ledger.accept(record("c", "key"))).empty());
  CHECK(ledger.before("c") == std::vector<std::string>{"a", "b"});
  const auto actions = ledger.step({Type::fail, "a", fault("internal")});
  REQUIRE(started(actions).size() == 1);
  CHECK(started(actions)[0].job == "b");
  CHECK(ledger.find("a")->fault.cause == "x");
  CHECK(ledger.before("c") == std::vector<std::string>{"b"});
}

TEST_CASE("a waiting job that is cancelled starts nothing") {
  Ledger ledger;
  ledger.accept(record("a", "key"));
  ledger.accept(record("b", "key"));
  const auto actions = ledger.step({Type::cancel, "b"});
  CHECK(started(actions).empty());
  CHECK(ended(actions).size() == 1);
  CHECK(started(ledger.step({Type::finish, "a"})).empty());
}

TEST_CASE("other keys do not wait") {
  Ledger ledger;
  ledger.accept(record("a", "one"));
  CHECK(started(ledger.accept(record("b", "two"))).size() == 1);
}

TEST_CASE("an event about an unknown job changes nothing") {
  Ledger ledger;
  CHECK(ledger.step({Type::finish, "ghost"}).empty());
  CHECK_FALSE(ledger.is_open("ghost"));
}

TEST_CASE("ended jobs are forgotten beyond the limit, the newest are kept") {
  Ledger ledger;
  for (std::size_t i = 0; i <= Ledger::kKeptOthers; ++i) {
    const std::string job = "j" + std::to_string(i);
    ledger.accept(record(job));
    ledger.step({Type::finish, job});
  }
  CHECK(ledger.find("j0") == nullptr);
  CHECK(ledger.find("j1")->state == JobState::done);
}

TEST_CASE("what stages call for is no job to list, and drives none out of the list") {
  Ledger ledger;
  ledger.accept(record("asked"));
  ledger.step({Type::finish, "asked"});
  for (std::size_t i = 0; i <= Ledger::kKeptOthers; ++i) {
    auto call = record("c" + std::to_string(i));
    call.call = true;
    ledger.accept(call);
    CHECK(ledger.lately(500).size() == 1);
    ledger.step({Type::finish, call.id});
    CHECK(ledger.find(call.id)->state == JobState::done);
  }
  REQUIRE(ledger.lately(500).size() == 1);
  CHECK(ledger.lately(500)[0]->id == "asked");
  CHECK(ledger.find("c" + std::to_string(Ledger::kKeptOthers - Ledger::kKeptCalls)) == nullptr);
}

TEST_CASE("a forgotten durable job is forgotten on disk too, with its key") {
  Ledger ledger;
  std::vector<JobAction> forgotten;
  for (std::size_t i = 0; i <= Ledger::kKeptDurable; ++i) {
    auto job = record("j" + std::to_string(i), "", true);
    job.key = job.id;
    ledger.accept(job);
    for (auto& action : only(ledger.step({Type::finish, job.id}), JobAction::Type::forget)) {
      forgotten.push_back(action);
    }
  }
  REQUIRE(forgotten.size() == 1);
  CHECK(forgotten[0].job == "j0");
  CHECK(ledger.find_key("me", "j0") == nullptr);
  CHECK(ledger.find_key("me", "j1")->id == "j1");
  CHECK(ledger.find_key("you", "j1") == nullptr);
}

TEST_CASE(
    "whoever ends many durable jobs drives out their own, not what others may still ask for") {
  Ledger ledger;
  auto theirs = record("theirs", "", true);
  theirs.owner = "ann";
  theirs.key = "once";
  ledger.accept(theirs);
  ledger.step({Type::finish, "theirs"});
  for (std::size_t i = 0; i <= Ledger::kKeptDurable; ++i) {
    const auto job = "j" + std::to_string(i);
    ledger.accept(record(job, "", true));
    ledger.step({Type::finish, job});
  }
  CHECK(ledger.find_key("ann", "once")->id == "theirs");
  CHECK(ledger.find("j1") == nullptr);
  CHECK(ledger.find("j2") != nullptr);
}

TEST_CASE("an ended job expires at its time and not a millisecond before") {
  Ledger ledger;
  ledger.accept(record("a", "", true));
  ledger.accept(record("b", "", true));
  ledger.step({.type = Type::finish, .job = "a", .at_ms = 100});
  CHECK(ledger.expire(100).empty());
  CHECK(only(ledger.expire(101), JobAction::Type::forget).size() == 1);
  CHECK(ledger.find("a") == nullptr);
  CHECK(ledger.is_open("b"));
}

TEST_CASE("a lost durable job is begun again with a new epoch, three times in all") {
  Ledger ledger;
  ledger.accept(record("a", "", true));
  for (std::uint32_t attempt = 1; attempt < Ledger::kMaxAttempts; ++attempt) {
    const auto actions = ledger.step(
        {Type::lose, "a", fault("stage_died", "no " + std::to_string(attempt)), attempt});
    REQUIRE(only(actions, JobAction::Type::stop).size() == 1);
    CHECK(only(actions, JobAction::Type::stop)[0].epoch == attempt);
    REQUIRE(started(actions).size() == 1);
    CHECK(started(actions)[0].epoch == attempt + 1);
    CHECK(ledger.find("a")->attempt == attempt + 1);
  }
  const auto last = ledger.step({Type::lose, "a", fault("stage_died", "no 3")});
  CHECK(started(last).empty());
  REQUIRE(ended(last).size() == 1);
  CHECK(ended(last)[0].outcome == JobState::failed);
  const std::string cause = ledger.find("a")->fault.cause;
  for (const char* reason : {"attempt 1: no 1", "attempt 2: no 2", "attempt 3: no 3"}) {
    CHECK(cause.find(reason) != std::string::npos);
  }
}

TEST_CASE("a job that is not durable fails when it is lost") {
  Ledger ledger;
  ledger.accept(record("a"));
  CHECK(ended(ledger.step({Type::lose, "a", fault("stage_died")})).size() == 1);
}

TEST_CASE("what comes with an old epoch is refused") {
  Ledger ledger;
  ledger.accept(record("a", "", true));
  ledger.step({Type::lose, "a", fault("stage_died"), 1});
  CHECK(ledger.step({Type::finish, "a", {}, 1}).empty());
  CHECK(ledger.step({Type::fail, "a", fault("internal"), 1}).empty());
  CHECK(ledger.step({Type::lose, "a", fault("stage_died"), 1}).empty());
  CHECK(ledger.progress("a", 1, {.step = 60, .checkpoint_step = 50}).empty());
  CHECK(ledger.find("a")->checkpoint_step == 0);
  CHECK(ended(ledger.step({Type::finish, "a", {}, 2})).size() == 1);
}

TEST_CASE("only a new checkpoint is worth writing down, and the next attempt starts there") {
  Ledger ledger;
  ledger.accept(record("a", "", true));
  CHECK(ledger.progress("a", 1, {.step = 49}).empty());
  CHECK(only(ledger.progress("a", 1, {.step = 50, .checkpoint_step = 50}), JobAction::Type::save)
            .size() == 1);
  CHECK(ledger.progress("a", 1, {.step = 51, .checkpoint_step = 50}).empty());
  ledger.step({Type::lose, "a", fault("stage_died")});
  CHECK(ledger.find("a")->checkpoint_step == 50);
}

TEST_CASE("a checkpoint that cannot be used costs an attempt, not the job") {
  Ledger ledger;
  ledger.accept(record("a", "", true));
  ledger.progress("a", 1, {.checkpoint_step = 50});
  const auto actions = ledger.step({Type::fail, "a", fault("no_checkpoint"), 1});
  CHECK(started(actions).size() == 1);
  CHECK(ledger.find("a")->checkpoint_step == 0);
  CHECK(ended(ledger.step({Type::fail, "a", fault("no_checkpoint"), 2})).size() == 1);
}

TEST_CASE("a paused job stops and goes on in a new epoch of the same attempt") {
  Ledger ledger;
  ledger.accept(record("a", "key", true));
  ledger.accept(record("b", "key", true));
  const auto paused = ledger.step({Type::pause, "a"});
  CHECK(only(paused, JobAction::Type::stop).size() == 1);
  CHECK(started(paused).empty());  // it keeps its turn
  CHECK(ledger.step({Type::pause, "a"}).empty());
  CHECK(ledger.step({Type::finish, "a", {}, 1}).empty());
  const auto resumed = ledger.step({Type::resume, "a"});
  REQUIRE(started(resumed).size() == 1);
  CHECK(started(resumed)[0].epoch == 2);
  CHECK(ledger.find("a")->attempt == 1);
  CHECK(ledger.step({Type::resume, "a"}).empty());
}

TEST_CASE("a job that is paused before its turn lets others pass") {
  Ledger ledger;
  ledger.accept(record("a", "key", true));
  ledger.accept(record("b", "key", true));
  ledger.accept(record("c", "key", true));
  ledger.step({Type::pause, "b"});
  const auto next = started(ledger.step({Type::finish, "a"}));
  REQUIRE(next.size() == 1);
  CHECK(next[0].job == "c");
  CHECK(started(ledger.step({Type::resume, "b"})).empty());
  CHECK(started(ledger.step({Type::finish, "c"}))[0].job == "b");
}

TEST_CASE(
    "after a restart running jobs begin a new epoch, not a new attempt, and queues keep their "
    "order") {
  Ledger before;
  std::vector<JobRecord> saved;
  for (const char* id : {"c", "a", "b"}) before.accept(record(id, "key", true));
  before.accept(record("alone", "", true));
  before.accept(record("gone", "", true));
  before.step({Type::cancel, "gone"});
  for (const char* id : {"a", "alone", "b", "c", "gone"}) saved.push_back(*before.find(id));
  Ledger after;
  const auto actions = started(after.restore(saved));
  REQUIRE(actions.size() == 2);
  CHECK(actions[0].job == "c");
  CHECK(actions[0].epoch == 2);
  CHECK(actions[1].job == "alone");
  CHECK(after.find("c")->attempt == 1);
  CHECK(after.before("b") == std::vector<std::string>{"c", "a"});
  CHECK(after.find("gone")->state == JobState::cancelled);
  CHECK(started(after.step({Type::finish, "c"}))[0].job == "a");
}

TEST_CASE("over random events every accepted job ends exactly once and one key runs one job") {
  for (unsigned seed = 0; seed < 300; ++seed) {
    std::mt19937 random(seed);
    Ledger ledger;
    std::map<std::string, int> ends;
    std::map<std::string, std::uint64_t> epoch;  // of the last start
    std::map<std::string, std::string> running;  // key -> job
    const auto apply = [&](const Ledger::Actions& actions) {
      for (const auto& action : actions) {
        if (action.type == JobAction::Type::forget) continue;
        const std::string key = ledger.find(action.job)->serial_key;
        INFO("seed " << seed << " job " << action.job);
        if (action.type == JobAction::Type::end) {
          ++ends[action.job];
          if (running[key] == action.job) running[key].clear();
        } else if (action.type == JobAction::Type::stop) {
          REQUIRE(running[key] == action.job);
          running[key].clear();
        } else if (action.type == JobAction::Type::start) {
          REQUIRE(running[key].empty());
          REQUIRE(action.epoch > epoch[action.job]);
          epoch[action.job] = action.epoch;
          running[key] = action.job;
        }
      }
    };
    for (int i = 0; i < 60; ++i) {
      apply(ledger.accept(
          record("j" + std::to_string(i), "k" + std::to_string(random() % 3), random() % 2 == 0)));
      const Type types[] = {Type::finish, Type::fail,  Type::cancel,
                            Type::lose,   Type::pause, Type::resume};
      for (int k = 0; k < 2; ++k) {
        const std::string victim = "j" + std::to_string(random() % 60);
        apply(ledger.step({types[random() % 6], victim, fault("stage_died"), random() % 4}));
      }
    }
    for (int i = 0; i < 60; ++i) apply(ledger.step({Type::cancel, "j" + std::to_string(i)}));
    CHECK(ends.size() == 60);
    for (const auto& [job, count] : ends) CHECK(count == 1);
  }
}
