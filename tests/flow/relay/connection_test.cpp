// One connection without the relay's loop, so that the order of what it hears is the test's.
#include "flow/relay/connection.h"

#include "tests/flow/relay/relay_fixture.h"

using namespace flow::relay;
using Phase = Connection::Phase;

namespace {

/// A peer's handshake up to the gateway's READY, of which the server has said nothing yet.
struct Undecided {
  Undecided() {
    REQUIRE(peer.send(greeting_of(Mechanism::null)));
    connection.work(true, false);
    gateway = behind.accept();
    REQUIRE(gateway.send(greeting_of(Mechanism::null) + command("READY", 40)));
    connection.work(false, true);
  }
  static std::pair<executor::Descriptor, executor::Descriptor> pair(int type) {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, type, 0, ends) == 0);
    return {executor::Descriptor(ends[0]), executor::Descriptor(ends[1])};
  }

  GatewaySocket behind;
  std::pair<executor::Descriptor, executor::Descriptor> control = pair(SOCK_SEQPACKET),
                                                        ends = pair(SOCK_STREAM);
  Shared shared{Control(std::move(control.first)), {}, Caps(kConnections)};
  Connection::Door door{Mechanism::null, behind.file, ""};
  Line peer{std::move(ends.first)}, gateway;
  Connection connection{shared, 1, door, std::move(ends.second), {}};
};

constexpr std::size_t kReadyBytes = 49;

}  // namespace

TEST_CASE("the gateway's READY waits until the server's word has been heard") {
  Undecided u;
  CHECK(u.connection.needs_verdict());
  CHECK(u.connection.phase() == Phase::deciding);
  CHECK(u.peer.receive(kGreetingBytes + kReadyBytes, 100).size() == kGreetingBytes);
  u.connection.let_in(7);
  u.connection.work(false, false);
  CHECK_FALSE(u.connection.needs_verdict());
  CHECK(u.connection.phase() == Phase::open);
  CHECK(u.peer.receive(kReadyBytes).size() == kReadyBytes);
}

TEST_CASE("whom the server has not let in when its word was heard is closed") {
  Undecided u;
  u.connection.work(false, false);
  CHECK(u.connection.phase() >= Phase::leaving);
  CHECK_FALSE(u.connection.needs_verdict());
}
