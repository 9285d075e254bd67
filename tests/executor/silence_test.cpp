#include "executor/silence.h"

#include <catch2/catch.hpp>

using executor::Silence;
using namespace std::chrono_literals;

namespace {
const Silence::Clock::time_point kBegin{};
}

TEST_CASE("silence is the time since something was heard, up to the last look") {
  Silence silence(kBegin);
  for (auto time = 100ms; time <= 20'000ms; time += 100ms) silence.look(kBegin + time);
  CHECK(silence.time() == 20s);
  silence.heard(kBegin + 20'050ms);
  CHECK(silence.time() == 0s);
  silence.look(kBegin + 20'150ms);
  CHECK(silence.time() == 100ms);
}

TEST_CASE("while this process stands still nobody is silent") {
  Silence silence(kBegin);
  silence.look(kBegin + 500ms);
  silence.look(kBegin + 500ms + Silence::kStandstill);
  CHECK(silence.time() == 500ms);
  silence.look(kBegin + 1h);
  CHECK(silence.time() == 500ms);
  silence.look(kBegin + 1h + Silence::kStandstill - 1ms);
  CHECK(silence.time() == 500ms + Silence::kStandstill - 1ms);
}
