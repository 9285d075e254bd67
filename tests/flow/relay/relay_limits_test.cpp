// Every limit at it and one past it, over real sockets.
#include <atomic>

#include "tests/flow/relay/relay_fixture.h"

using namespace flow::relay;

namespace {

// Whether a message of so many frames passes.
bool passes(const RelayFixture::Open& line, std::uint32_t frames) {
  std::string message;
  for (std::uint32_t i = 1; i < frames; ++i) message += whole_frame(1, "");
  message += whole_frame(0, "end");
  return line.peer.send(message) && line.gateway.receive(message.size()) == message;
}

}  // namespace

TEST_CASE("strangers that say little reach no gateway, and are closed in time") {
  RelayFixture relay(Mechanism::curve);
  const std::string whole = greeting_of(Mechanism::curve) + command("HELLO", 200);
  std::vector<Line> strangers;
  for (const std::size_t bytes : {0UL, 1UL, 10UL, 63UL, 64UL, 100UL, whole.size() - 1}) {
    strangers.push_back(relay.connect());
    REQUIRE(strangers.back().send(whole.substr(0, bytes)));
  }
  CHECK_FALSE(relay.accept(300).socket);
  for (const auto& stranger : strangers) CHECK(stranger.is_closed());
}

TEST_CASE("a handshake's commands have their size and not one byte more") {
  RelayFixture relay(Mechanism::curve);
  const auto greeting = greeting_of(Mechanism::curve);
  for (const std::size_t size : {199, 201}) {
    const auto peer = relay.connect();
    REQUIRE(peer.send(greeting + command("HELLO", size)));
    CHECK(peer.is_closed());
  }
  for (const std::size_t size : {kMaxCommandBytes, kMaxCommandBytes + 1}) {
    const auto peer = relay.connect();
    REQUIRE(peer.send(greeting + command("HELLO", 200)));
    const auto gateway = relay.accept();
    REQUIRE(gateway.receive(64 + 209).size() == 64 + 209);
    REQUIRE(peer.send(command("INITIATE", size)));
    CHECK(gateway.receive(size + 9).size() == (size > kMaxCommandBytes ? 0 : size + 9));
  }
}

TEST_CASE("commands of other names, and messages, are no handshake") {
  RelayFixture relay(Mechanism::curve);
  for (const auto& said :
       {command("HELLA", 200), whole_frame(0, "\x05HELLO"), std::string(3, '\xff')}) {
    const auto peer = relay.connect();
    REQUIRE(peer.send(greeting_of(Mechanism::curve) + said));
    CHECK(peer.is_closed());
  }
}

TEST_CASE("an address has so many handshakes at a time") {
  RelayFixture relay(Mechanism::curve);
  std::vector<Line> peers;
  for (std::size_t i = 0; i < kHandshakesOfAddress; ++i) {
    peers.push_back(relay.connect());
    REQUIRE(peers.back().receive(64).size() == 64);
  }
  CHECK(relay.connect().is_closed());
}

TEST_CASE("newcomers are taken at a pace, those that are refused as well") {
  constexpr int kWindows = 40;
  RelayFixture relay(Mechanism::curve, 0);
  const auto begin = Clock::now();
  std::vector<Line> peers;
  for (int i = 0; i < kWindows * static_cast<int>(kNewcomersInAWindow); ++i)
    peers.push_back(relay.connect());
  for (const auto& peer : peers) CHECK(peer.is_closed());
  CHECK(Clock::now() - begin >= (kWindows - 1) * kWindow);
}

TEST_CASE("peers without keys are read at a pace together, and small requests pass beside it") {
  RelayFixture relay(Mechanism::null);
  const auto large = relay.open(), other = relay.open();
  const std::string much = whole_frame(0, std::string(16 << 20, 'm'));
  const std::string little = whole_frame(0, "little");
  std::atomic<bool> all_came = false;
  const auto begin = Clock::now();
  std::thread reader([&] { all_came = large.gateway.receive(much.size()).size() == much.size(); });
  std::thread writer([&] { large.peer.send(much); });
  REQUIRE(other.peer.send(little));
  CHECK(other.gateway.receive(little.size()) == little);
  CHECK_FALSE(all_came);
  writer.join();
  reader.join();
  CHECK(all_came);
  // Of each of both the last chunk of a window may be one too many.
  const auto windows = much.size() / (kPlainBytesInAWindow + 2 * kChunkBytes);
  CHECK(Clock::now() - begin >= (windows - 1) * kWindow);
}

TEST_CASE("there are so many connections in all") {
  RelayFixture relay(Mechanism::null, 3);
  const auto one = relay.open(), two = relay.open();
  {
    const auto three = relay.open();
    CHECK(relay.connect().is_closed());
  }
  const auto ask = relay.heard();  // the third is gone
  REQUIRE(ask);
  CHECK(ask->count == 1);
  relay.say(Say::caught_up, ask->connection);
  const auto four = relay.open();
  CHECK(passes(four, 1));
}

TEST_CASE("a plain message has so many frames") {
  RelayFixture relay(Mechanism::null);
  const auto line = relay.open();
  CHECK(passes(line, kMaxFrames));
  CHECK(passes(line, kMaxFrames));
  CHECK_FALSE(passes(line, kMaxFrames + 1));
  CHECK(line.peer.is_closed());
}

TEST_CASE("a frame has so many bytes") {
  for (const auto mechanism : {Mechanism::null, Mechanism::curve}) {
    RelayFixture relay(mechanism);
    const auto most = kMaxFrameBytes + (mechanism == Mechanism::curve ? kBoxBytes : 0);
    const auto good = relay.open();
    REQUIRE(good.peer.send(frame(0, most)));
    CHECK(good.gateway.receive(9).size() == 9);
    const auto bad = relay.open();
    REQUIRE(bad.peer.send(frame(0, most + 1)));
    CHECK(bad.peer.is_closed());
  }
}

TEST_CASE("a plain command between messages has so many bytes") {
  RelayFixture relay(Mechanism::null);
  const auto line = relay.open();
  const auto good = command("PING", kMaxCommandBytes);
  REQUIRE(line.peer.send(good));
  CHECK(line.gateway.receive(good.size()) == good);
  REQUIRE(line.peer.send(command("PING", kMaxCommandBytes + 1)));
  CHECK(line.peer.is_closed());
}

TEST_CASE("under CURVE a peer is so many frames ahead of the gateway") {
  RelayFixture relay(Mechanism::curve);
  const auto line = relay.open();
  const auto one = frame_under_curve(100);
  for (std::uint32_t i = 0; i < kFramesAhead + 1; ++i) REQUIRE(line.peer.send(one));
  CHECK(line.gateway.receive((kFramesAhead + 1) * one.size(), 300).size() ==
        kFramesAhead * one.size());
  SECTION("and goes on when it has read some") {
    relay.say(Say::read, line.id, 100, 1);
    CHECK(line.gateway.receive(one.size()) == one);
  }
  SECTION("and is closed when all is read and they are still one message") {
    const auto ask = relay.heard();
    REQUIRE(ask);
    CHECK(ask->say == Say::ask);
    CHECK(ask->count == 0);
    relay.say(Say::caught_up, line.id);
    CHECK(line.peer.is_closed());
  }
}

TEST_CASE("heartbeats under CURVE add up to nothing, for the gateway answers them") {
  RelayFixture relay(Mechanism::curve);
  const auto line = relay.open();
  const auto ping = frame_under_curve(7), pong = frame_under_curve(5);
  for (std::uint32_t i = 0; i < 2 * kFramesAhead; ++i) {
    REQUIRE(line.peer.send(ping));
    REQUIRE(line.gateway.receive(ping.size()) == ping);
    REQUIRE(line.gateway.send(pong));
    REQUIRE(line.peer.receive(pong.size()) == pong);
  }
}

TEST_CASE("all plain peers together have so many bytes on their way") {
  RelayFixture relay(Mechanism::null);
  auto first = relay.open(), second = relay.open();
  static_assert(kPlainBytes == 2 * kMaxFrameBytes);
  REQUIRE(first.peer.send(frame(1, kMaxFrameBytes)));
  REQUIRE(second.peer.send(frame(1, kMaxFrameBytes)));
  CHECK(first.gateway.receive(9).size() == 9);
  CHECK(second.gateway.receive(9).size() == 9);
  const auto third = relay.open();
  SECTION("a small request passes") {
    const auto small = whole_frame(0, std::string(kSpareBytes, 's'));
    REQUIRE(third.peer.send(small));
    CHECK((third.gateway.receive(small.size()) == small));
  }
  SECTION("a larger one waits, until the largest is closed") {
    const auto larger = whole_frame(0, std::string(kSpareBytes + 1, 'l'));
    REQUIRE(third.peer.send(larger));
    CHECK(third.gateway.receive(9, 300).empty());
    for (auto ask = relay.heard(); ask; ask = relay.heard()) {
      relay.say(Say::caught_up, ask->connection);
      if (ask->count == 1) break;
      for (auto* line : {&first, &second}) {
        if (line->gateway.is_closed(0)) line->gateway = {};
      }
    }
    CHECK((third.gateway.receive(larger.size()) == larger));
  }
  SECTION("who has sent little stays, while others wait for what closed ones have left") {
    const auto little = whole_frame(0, std::string(1'000, 's'));
    REQUIRE(third.peer.send(little));
    REQUIRE(third.gateway.receive(little.size()).size() == little.size());
    first.peer = Line();
    second.peer = Line();  // and the gateway has not read what they sent
    const auto fourth = relay.open();
    REQUIRE(fourth.peer.send(frame(0, kSpareBytes + 1)));
    const Time end = Clock::now() + 2 * kPatience;
    while (Clock::now() < end) {
      if (const auto ask = relay.heard(100)) relay.say(Say::caught_up, ask->connection);
    }
    REQUIRE(third.peer.send(little));
    CHECK(third.gateway.receive(little.size()).size() == little.size());
  }
  SECTION("it passes when the gateway has read") {
    relay.say(Say::read, first.id, kMaxFrameBytes, 1);
    const auto larger = whole_frame(0, std::string(kSpareBytes + 1, 'l'));
    REQUIRE(third.peer.send(larger));
    CHECK((third.gateway.receive(larger.size()) == larger));
  }
}

TEST_CASE("a message that is larger than its owner's quota is refused, whoever else is there") {
  RelayFixture relay(Mechanism::curve);
  const auto line = relay.open(7), other = relay.open(8);
  constexpr int kFrames = static_cast<int>(kOwnerBytes / kMaxFrameBytes);
  const std::string body(1 << 20, 'b');
  std::thread gateway([&] {
    const std::string::size_type portion = 1 << 20;
    while (line.gateway.receive(portion).size() == portion) {
    }
  });
  for (int i = 0; i < kFrames; ++i) {
    REQUIRE(line.peer.send(frame(0, kMaxFrameBytes + kBoxBytes)));
    for (std::size_t sent = 0; sent < kMaxFrameBytes; sent += body.size())
      REQUIRE(line.peer.send(body));
    REQUIRE(line.peer.send(std::string(kBoxBytes, 'b')));
  }
  REQUIRE(line.peer.send(frame_under_curve(100'000)));
  const auto ask = relay.heard();
  REQUIRE(ask);
  relay.say(Say::caught_up, line.id);
  CHECK(line.peer.is_closed());
  gateway.join();
  const auto message = frame_under_curve(100'000);
  REQUIRE(other.peer.send(message));
  CHECK((other.gateway.receive(message.size()) == message));
}
