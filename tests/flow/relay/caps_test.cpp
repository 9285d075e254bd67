#include "flow/relay/caps.h"

#include <catch2/catch.hpp>

using namespace flow::relay;
using namespace std::chrono_literals;

namespace {

const Time kNow = Time{} + 1h;

// Takes so many connections of one address, and lets them in at once.
std::size_t let_in(Caps& caps, const std::string& address, std::size_t count) {
  std::size_t taken = 0;
  for (std::size_t i = 0; i < count; ++i) {
    if (!caps.take(address, kNow)) break;
    caps.let_in(address);
    ++taken;
  }
  return taken;
}

std::size_t take(Caps& caps, const std::string& address, std::size_t count) {
  std::size_t taken = 0;
  while (taken < count && caps.take(address, kNow)) ++taken;
  return taken;
}

}  // namespace

TEST_CASE("an address has so many connections and not one more; another is served") {
  Caps caps;
  CHECK(let_in(caps, "a", kConnectionsOfAddress + 1) == kConnectionsOfAddress);
  CHECK(caps.take("b", kNow));
}

TEST_CASE("an address has so many handshakes at a time and not one more") {
  Caps caps;
  CHECK(take(caps, "a", kHandshakesOfAddress + 1) == kHandshakesOfAddress);
  CHECK(caps.take("b", kNow));
  caps.let_in("a");
  CHECK(caps.take("a", kNow));
}

TEST_CASE("all together have so many handshakes and connections") {
  Caps caps;
  std::size_t taken = 0;
  for (int i = 0; i < 100; ++i) taken += take(caps, std::to_string(i), kHandshakesOfAddress);
  CHECK(taken == kHandshakes);
  CHECK(caps.handshakes() == kHandshakes);
  Caps few(3);
  CHECK(let_in(few, "a", 2) == 2);
  CHECK(let_in(few, "b", 2) == 1);
  few.leave("a", true);
  CHECK(let_in(few, "b", 2) == 1);
}

TEST_CASE("who connects again and again is slowed down, and has its turn later") {
  Caps caps;
  const auto come_and_go = [&](Time now) {
    if (!caps.take("a", now)) return false;
    caps.leave("a", false);
    return true;
  };
  std::size_t came = 0;
  while (came < 10'000 && come_and_go(kNow)) ++came;
  CHECK(came == static_cast<std::size_t>(kNewAtOnce));
  CHECK_FALSE(come_and_go(kNow + 1ms));
  CHECK(come_and_go(kNow + 1s));
}

TEST_CASE("addresses that are gone are forgotten") {
  Caps caps;
  for (int i = 0; i < 100; ++i) {
    REQUIRE(caps.take(std::to_string(i), kNow));
    caps.leave(std::to_string(i), false);
  }
  caps.tick(kNow);
  CHECK(caps.addresses() == 100);  // they have just come
  caps.tick(kNow + 1s);
  CHECK(caps.addresses() == 0);
  CHECK(caps.connections() == 0);
  CHECK(caps.handshakes() == 0);
}
