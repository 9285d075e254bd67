#include "flow/server/peer_connections.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <catch2/catch.hpp>
#include <fstream>
#include <zmq.hpp>

#include "flow/server/listening_socket.h"

using executor::Descriptor;

namespace {

int port_of(const Descriptor& socket) {
  sockaddr_in at{};
  socklen_t size = sizeof at;
  ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&at), &size);
  return ntohs(at.sin_port);
}

// A port that nobody has, found by having it for a moment.
std::string free_address() {
  const Descriptor probe = flow::listen_on("tcp://127.0.0.1:0", false);
  return "tcp://127.0.0.1:" + std::to_string(port_of(probe));
}

struct Pair {
  Descriptor client, server;
};

Pair connect_to(const Descriptor& listening) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = htons(static_cast<std::uint16_t>(port_of(listening)));
  at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  Pair pair{Descriptor(::socket(AF_INET, SOCK_STREAM, 0)), Descriptor()};
  REQUIRE(::connect(pair.client.get(), reinterpret_cast<sockaddr*>(&at), sizeof at) == 0);
  pair.server = Descriptor(::accept(listening.get(), nullptr, nullptr));
  REQUIRE(pair.server);
  return pair;
}

bool has_ipv6() {
  std::ifstream interfaces("/proc/net/if_inet6");
  return interfaces.peek() != std::ifstream::traits_type::eof();
}

// Whether the other end has ended the connection.
bool is_over(const Descriptor& socket) {
  char byte = 0;
  return ::recv(socket.get(), &byte, 1, MSG_DONTWAIT) == 0;
}

}  // namespace

TEST_CASE("an address is shared only by those that agreed to") {
  const std::string address = free_address();
  const Descriptor first = flow::listen_on(address, false);
  CHECK_THROWS_AS(flow::listen_on(address, false), zmq::error_t);
  CHECK_THROWS_AS(flow::listen_on(address, true), zmq::error_t);
  flow::share_address(first.get());
  CHECK_THROWS_AS(flow::listen_on(address, false), zmq::error_t);
  CHECK(flow::listen_on(address, true));
}

TEST_CASE("an address of this host's IPv6 is listened on, and none of another host's") {
  if (has_ipv6()) CHECK(flow::listen_on("tcp://[::1]:0", false));
  CHECK_THROWS_AS(flow::listen_on("tcp://192.0.2.7:0", false), zmq::error_t);
}

TEST_CASE("the connections of a key end, and no others") {
  const Descriptor listening = flow::listen_on("tcp://127.0.0.1:0", false);
  const Pair ann = connect_to(listening), again = connect_to(listening),
             bob = connect_to(listening);
  flow::PeerConnections connections;
  connections.note(ann.server.get(), "c1", "ann's key");
  connections.note(again.server.get(), "c2", "ann's key");
  connections.note(bob.server.get(), "c3", "bob's key");
  connections.note(-1, "c4", "ann's key");
  CHECK(connections.size() == 3);
  connections.close_unless([](const std::string& key) { return key == "bob's key"; });
  CHECK(is_over(ann.client));
  CHECK(is_over(again.client));
  CHECK_FALSE(is_over(bob.client));
  CHECK(connections.size() == 1);
}

TEST_CASE("a descriptor that is another connection's by now is left alone") {
  const Descriptor listening = flow::listen_on("tcp://127.0.0.1:0", false);
  Pair ann = connect_to(listening);
  const Pair bob = connect_to(listening);
  flow::PeerConnections connections;
  connections.note(ann.server.get(), "c1", "ann's key");
  REQUIRE(::dup2(bob.server.get(), ann.server.get()) >= 0);  // the number is used again
  connections.close_unless([](const std::string&) { return false; });
  CHECK_FALSE(is_over(bob.client));
}

TEST_CASE("a connection that comes again under the same number is known anew") {
  const Descriptor listening = flow::listen_on("tcp://127.0.0.1:0", false);
  Pair first = connect_to(listening);
  const Pair second = connect_to(listening);
  flow::PeerConnections connections;
  connections.note(first.server.get(), "c1", "ann's key");
  REQUIRE(::dup2(second.server.get(), first.server.get()) >= 0);
  connections.note(first.server.get(), "c2", "ann's key");
  connections.close_unless([](const std::string&) { return false; });
  CHECK(is_over(second.client));
}
