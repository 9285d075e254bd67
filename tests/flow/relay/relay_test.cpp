// Real sockets: the peers before a relay, and the gateway and server behind it.
#include "tests/flow/relay/relay_fixture.h"

using namespace flow::relay;

TEST_CASE("what a peer and the gateway say passes as it came") {
  for (const auto mechanism : {Mechanism::null, Mechanism::curve}) {
    RelayFixture relay(mechanism);
    const auto line = relay.open();
    const std::string message = whole_frame(0, std::string(200'000, 'm'));
    REQUIRE(line.peer.send(message));
    CHECK((line.gateway.receive(message.size()) == message));
    REQUIRE(line.gateway.send(message));
    CHECK((line.peer.receive(message.size()) == message));
  }
}

TEST_CASE("the server is told where a peer comes from before its handshake is decided") {
  RelayFixture relay(Mechanism::null);
  const auto peer = relay.connect();
  REQUIRE(peer.send(greeting_of(Mechanism::null)));
  const auto arrive = relay.heard();
  REQUIRE(arrive);
  CHECK(arrive->say == Say::arrive);
  CHECK(arrive->words() == "127.0.0.1");
}

TEST_CASE("handshakes are decided one at a time") {
  RelayFixture relay(Mechanism::null);
  const auto first = relay.connect(), second = relay.connect();
  REQUIRE(first.send(greeting_of(Mechanism::null)));
  const auto one = relay.heard();
  REQUIRE(one);
  REQUIRE(second.send(greeting_of(Mechanism::null)));
  CHECK_FALSE(relay.heard(200));
  const auto gateway = relay.accept();
  relay.say(Say::let_in, one->connection);
  REQUIRE(gateway.send(greeting_of(Mechanism::null) + command("READY", 40)));
  const auto two = relay.heard();
  REQUIRE(two);
  CHECK(two->connection != one->connection);
}

TEST_CASE(
    "a handshake that ends without a decision gives its turn on when the server has seen it") {
  RelayFixture relay(Mechanism::null);
  const auto first = relay.connect(), second = relay.connect();
  REQUIRE(first.send(greeting_of(Mechanism::null)));
  const auto one = relay.heard();
  REQUIRE(second.send(greeting_of(Mechanism::null)));
  relay.accept();  // and closed
  const auto ask = relay.heard();
  REQUIRE(ask);
  CHECK(ask->say == Say::ask);
  CHECK(ask->connection == one->connection);
  CHECK_FALSE(relay.heard(200));
  relay.say(Say::caught_up, one->connection);
  const auto two = relay.heard();
  REQUIRE(two);
  CHECK(two->say == Say::arrive);
}

TEST_CASE("who is refused is told so, and closed") {
  RelayFixture relay(Mechanism::curve);
  const auto peer = relay.connect();
  REQUIRE(peer.send(greeting_of(Mechanism::curve) + command("HELLO", 200)));
  const auto gateway = relay.accept();
  REQUIRE(peer.send(command("INITIATE", 300)));
  REQUIRE(relay.heard());
  REQUIRE(gateway.send(greeting_of(Mechanism::curve) + command("ERROR", 20)));
  CHECK(peer.receive(64 + 29).substr(64 + 10, 5) == "ERROR");
  CHECK(peer.is_closed());
}

TEST_CASE("a READY of whom the server did not let in opens nothing") {
  RelayFixture relay(Mechanism::null);
  const auto peer = relay.connect();
  REQUIRE(peer.send(greeting_of(Mechanism::null)));
  const auto gateway = relay.accept();
  REQUIRE(gateway.send(greeting_of(Mechanism::null) + command("READY", 40)));
  CHECK(peer.is_closed());
}

TEST_CASE("a message before it is let in waits") {
  RelayFixture relay(Mechanism::null);
  const auto peer = relay.connect();
  REQUIRE(peer.send(greeting_of(Mechanism::null) + whole_frame(0, "early")));
  const auto gateway = relay.accept();
  CHECK(gateway.receive(65, 200).size() == 64);
}

TEST_CASE("when the gateway closes a connection, its last words reach the peer") {
  RelayFixture relay(Mechanism::null);
  auto line = relay.open();
  REQUIRE(line.gateway.send(whole_frame(0, "last words")));
  line.gateway = {};
  CHECK(line.peer.receive(19).substr(9) == "last words");
  CHECK(line.peer.is_closed());
}

TEST_CASE("when a peer closes, what it said last reaches the gateway") {
  RelayFixture relay(Mechanism::null);
  auto line = relay.open();
  REQUIRE(line.peer.send(whole_frame(0, "last words")));
  line.peer = {};
  CHECK(line.gateway.receive(19).substr(9) == "last words");
  CHECK(line.gateway.is_closed());
}

TEST_CASE("when the server is gone, what the gateway said last is written") {
  Line peer;
  {
    RelayFixture relay(Mechanism::null);
    auto line = relay.open();
    REQUIRE(line.gateway.send(whole_frame(0, "farewell")));
    peer = std::move(line.peer);
  }
  CHECK(peer.receive(17).substr(9) == "farewell");
  CHECK(peer.is_closed());
}

TEST_CASE("the server can have a connection closed") {
  RelayFixture relay(Mechanism::curve);
  const auto line = relay.open();
  relay.say(Say::drop, line.id);
  CHECK(line.peer.is_closed());
  CHECK(line.gateway.is_closed());
}

TEST_CASE("who does not read holds up the gateway, not the relay's memory") {
  RelayFixture relay(Mechanism::null);
  const auto line = relay.open();
  const std::string message = whole_frame(0, std::string(1 << 20, 'm'));
  std::size_t sent = 0;
  while (sent < 100 && line.gateway.send(message, 300)) ++sent;
  CHECK(sent < 100);  // what the kernel's buffers take
  const auto other = relay.open();
  REQUIRE(other.peer.send(whole_frame(0, "still there?")));
  CHECK(other.gateway.receive(21).substr(9) == "still there?");
}
