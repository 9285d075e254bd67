// How often a durable job is tried again, and what is kept of why.
#include <algorithm>
#include <catch2/catch.hpp>

#include "tests/flow/gateway/ledger_actions.h"

using namespace flow_test;

TEST_CASE("attempts count from the last new checkpoint: a job that advances is not given up") {
  Ledger ledger;
  ledger.accept(record("a", "", true));
  std::uint64_t epoch = 1;
  for (std::int64_t step = 10; step <= 300; step += 10) {
    ledger.progress("a", epoch, {.step = step, .checkpoint_step = step});
    const auto actions = ledger.step({Type::lose, "a", fault("stage_died", "no GPU"), epoch});
    REQUIRE(started(actions).size() == 1);
    epoch = started(actions)[0].epoch;
  }
  CHECK(ledger.find("a")->attempt == 31);
  // One loss without a checkpoint has happened since none came after step 300.
  CHECK(ended(ledger.step({Type::lose, "a", fault("stage_died", "x\ny")})).empty());
  CHECK(ended(ledger.step({Type::lose, "a", fault("stage_died", "z")})).size() == 1);
  const std::string cause = ledger.find("a")->fault.cause;
  CHECK(cause ==
        "3 attempts in a row were lost without a checkpoint after step 300: attempt 30: no GPU; "
        "attempt 31: x y; attempt 32: z");
}

TEST_CASE("a checkpoint that is lost and made again is no progress") {
  Ledger ledger;
  ledger.accept(record("a", "", true));
  std::uint64_t epoch = 1;
  std::size_t attempts = 1;
  while (ledger.is_open("a") && attempts < 100) {
    ledger.progress("a", epoch, {.checkpoint_step = 50});
    const auto actions = ledger.step({Type::fail, "a", fault("no_checkpoint"), epoch});
    if (started(actions).empty()) break;
    epoch = started(actions)[0].epoch;
    ++attempts;
  }
  CHECK(attempts == Ledger::kMaxAttempts);
  CHECK_FALSE(ledger.is_open("a"));
}

TEST_CASE("a record keeps the latest reasons alone") {
  Ledger ledger;
  ledger.accept(record("a", "", true));
  for (std::uint64_t epoch = 1; epoch <= Ledger::kMaxReasons + 1; ++epoch) {
    ledger.progress("a", epoch, {.checkpoint_step = static_cast<std::int64_t>(epoch)});
    ledger.step({Type::lose, "a", fault("stage_died", "no"), epoch});
    const auto& reasons = ledger.find("a")->reasons;
    const auto lines = std::count(reasons.begin(), reasons.end(), '\n') + 1;
    CHECK(lines == static_cast<std::ptrdiff_t>(std::min<std::size_t>(epoch, Ledger::kMaxReasons)));
  }
  CHECK(ledger.find("a")->reasons.starts_with("attempt 2: "));
}

TEST_CASE("after a restart the lost attempts of a job without a checkpoint count on") {
  JobRecord job = record("a", "", true);
  job.state = JobState::running;
  job.attempt = 3;
  job.epoch = 3;
  {
    Ledger ledger;
    ledger.restore({job});
    CHECK(ended(ledger.step({Type::lose, "a", fault("stage_died")})).size() == 1);
  }
  job.checkpoint_step = 50;
  Ledger ledger;
  ledger.restore({job});
  CHECK(ended(ledger.step({Type::lose, "a", fault("stage_died")})).empty());
}
