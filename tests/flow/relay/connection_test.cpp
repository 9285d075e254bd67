// One connection without the relay's loop, so that the order of what it hears is the test's.
#include "flow/relay/connection.h"

#include <netinet/tcp.h>

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
  using Ends = std::pair<executor::Descriptor, executor::Descriptor>;
  static Ends channel() {
    int ends[2];
    REQUIRE(::socketpair(AF_UNIX, SOCK_SEQPACKET, 0, ends) == 0);
    return {executor::Descriptor(ends[0]), executor::Descriptor(ends[1])};
  }
  static Ends over_tcp() {
    const executor::Descriptor listener(::socket(AF_INET, SOCK_STREAM, 0));
    executor::Descriptor near(::socket(AF_INET, SOCK_STREAM, 0));
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof name;
    auto* address = reinterpret_cast<sockaddr*>(&name);
    REQUIRE(::bind(listener.get(), address, size) == 0);
    REQUIRE(::listen(listener.get(), 1) == 0);
    REQUIRE(::getsockname(listener.get(), address, &size) == 0);
    REQUIRE(::connect(near.get(), address, size) == 0);
    return {std::move(near),
            executor::Descriptor(::accept4(listener.get(), nullptr, nullptr, SOCK_NONBLOCK))};
  }
  /// Of the peer's connection.
  int tcp_option(int option) const {
    int value = -1;
    socklen_t size = sizeof value;
    ::getsockopt(connection.outer(), IPPROTO_TCP, option, &value, &size);
    return value;
  }

  GatewaySocket behind;
  Ends control = channel(), ends = over_tcp();
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
  u.connection.let_in(7, false);
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

TEST_CASE("the kernel waits less for a silent client than for a stage, and probes before") {
  for (const bool is_stage : {false, true}) {
    Undecided u;
    u.connection.let_in(7, is_stage);
    const int gone_ms = static_cast<int>((is_stage ? kStageGone : kClientGone).count());
    CHECK(u.tcp_option(TCP_USER_TIMEOUT) == gone_ms);
    CHECK(u.tcp_option(TCP_KEEPIDLE) * 1'000 < gone_ms);
    CHECK(u.tcp_option(TCP_KEEPINTVL) == 1);
  }
}
