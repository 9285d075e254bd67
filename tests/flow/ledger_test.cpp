#include "flow/ledger.h"

#include <catch2/catch.hpp>
#include <random>

using flow::JobAction;
using flow::JobEvent;
using flow::JobState;
using flow::Ledger;
using Type = JobEvent::Type;

TEST_CASE("a job that is accepted starts at once, and ends once") {
  Ledger ledger;
  const auto started = ledger.step({Type::accept, "a"});
  REQUIRE(started.size() == 1);
  CHECK(started[0].type == JobAction::Type::start);
  const auto ended = ledger.step({Type::finish, "a"});
  REQUIRE(ended.size() == 1);
  CHECK(ended[0].outcome == JobState::done);
  CHECK(ledger.step({Type::fail, "a"}).empty());
  CHECK(ledger.step({Type::cancel, "a"}).empty());
  CHECK(ledger.state("a") == JobState::done);
}

TEST_CASE("jobs with one serial key run one after another in order of arrival") {
  Ledger ledger;
  ledger.step({Type::accept, "a", "key"});
  CHECK(ledger.step({Type::accept, "b", "key"}).empty());
  CHECK(ledger.step({Type::accept, "c", "key"}).empty());
  CHECK(ledger.position("c") == 2);
  const auto actions = ledger.step({Type::fail, "a", "", {"internal", "", "", "x", ""}});
  REQUIRE(actions.size() == 2);
  CHECK(actions[0].fault.cause == "x");
  CHECK(actions[1].job == "b");
  CHECK(ledger.position("c") == 1);
}

TEST_CASE("a waiting job that is cancelled starts nothing") {
  Ledger ledger;
  ledger.step({Type::accept, "a", "key"});
  ledger.step({Type::accept, "b", "key"});
  const auto actions = ledger.step({Type::cancel, "b"});
  REQUIRE(actions.size() == 1);
  CHECK(actions[0].outcome == JobState::cancelled);
  CHECK(ledger.step({Type::finish, "a"}).size() == 1);
}

TEST_CASE("other keys do not wait") {
  Ledger ledger;
  ledger.step({Type::accept, "a", "one"});
  CHECK(ledger.step({Type::accept, "b", "two"}).size() == 1);
}

TEST_CASE("an event about an unknown job changes nothing") {
  Ledger ledger;
  CHECK(ledger.step({Type::finish, "ghost"}).empty());
  CHECK_FALSE(ledger.is_open("ghost"));
}

TEST_CASE("ended jobs are forgotten beyond the limit, the newest are kept") {
  Ledger ledger;
  for (std::size_t i = 0; i <= Ledger::kKeptJobs; ++i) {
    const std::string job = "j" + std::to_string(i);
    ledger.step({Type::accept, job});
    ledger.step({Type::finish, job});
  }
  CHECK_THROWS_AS(ledger.state("j0"), std::out_of_range);
  CHECK(ledger.state("j1") == JobState::done);
}

TEST_CASE("over random events every accepted job ends exactly once and one key runs one job") {
  for (unsigned seed = 0; seed < 200; ++seed) {
    std::mt19937 random(seed);
    Ledger ledger;
    std::map<std::string, int> ends;
    std::map<std::string, std::string> key_of;
    std::map<std::string, std::string> running;  // key -> job
    const auto apply = [&](const JobEvent& event) {
      for (const auto& action : ledger.step(event)) {
        const std::string& key = key_of[action.job];
        if (action.type == JobAction::Type::end) {
          ++ends[action.job];
          if (running[key] == action.job) running[key].clear();
        } else {
          INFO("seed " << seed);
          REQUIRE(running[key].empty());
          running[key] = action.job;
        }
      }
    };
    for (int i = 0; i < 60; ++i) {
      const std::string job = "j" + std::to_string(i);
      key_of[job] = "k" + std::to_string(random() % 3);
      apply({Type::accept, job, key_of[job]});
      const Type types[] = {Type::finish, Type::fail, Type::cancel};
      const std::string victim = "j" + std::to_string(random() % 60);
      const Type type = types[random() % 3];
      // Only a running job finishes or fails; a cancel may come at any time.
      if (type == Type::cancel || running[key_of[victim]] == victim) apply({type, victim});
    }
    for (int i = 0; i < 60; ++i) apply({Type::cancel, "j" + std::to_string(i)});
    CHECK(ends.size() == 60);
    for (const auto& [job, count] : ends) CHECK(count == 1);
  }
}
