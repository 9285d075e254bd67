#include "flow/relay/listen.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <catch2/catch.hpp>
#include <thread>

#include "executor/error.h"
#include "flow/relay/peer_address.h"
#include "flow/relay/relay_limits.h"

using namespace flow::relay;

namespace {

// A free port of this host, as long as nobody takes it.
std::uint16_t free_port() {
  const executor::Descriptor socket(::socket(AF_INET6, SOCK_STREAM, 0));
  sockaddr_in6 name{};
  name.sin6_family = AF_INET6;
  name.sin6_addr = in6addr_loopback;
  socklen_t size = sizeof name;
  if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&name), size) != 0) return 0;
  ::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&name), &size);
  return ntohs(name.sin6_port);
}

// Where the listener sees a connection to one of this host's addresses come from.
template <typename Name>
std::string seen(const executor::Descriptor& listener, Name name) {
  const executor::Descriptor peer(
      ::socket(reinterpret_cast<sockaddr&>(name).sa_family, SOCK_STREAM, 0));
  if (::connect(peer.get(), reinterpret_cast<sockaddr*>(&name), sizeof name) != 0) return "nobody";
  sockaddr_storage from{};
  socklen_t size = sizeof from;
  const executor::Descriptor accepted(
      ::accept(listener.get(), reinterpret_cast<sockaddr*>(&from), &size));
  return accepted ? peer_address_of(from).text : "nobody";
}

}  // namespace

TEST_CASE("IPv6 and IPv4 come to a listener of all addresses, and count by their own") {
  const auto port = free_port();
  if (port == 0) {
    WARN("this host has no IPv6");
    return;
  }
  const auto listener = listen_on("tcp://[::]:" + std::to_string(port));
  sockaddr_in6 v6{};
  v6.sin6_family = AF_INET6;
  v6.sin6_addr = in6addr_loopback;
  v6.sin6_port = htons(port);
  CHECK(seen(listener, v6) == "::1");
  sockaddr_in v4{};
  v4.sin_family = AF_INET;
  v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  v4.sin_port = htons(port);
  CHECK(seen(listener, v4) == "127.0.0.1");
  CHECK_THROWS_AS(listen_on("tcp://[::1]:" + std::to_string(port)), executor::Error);
}

TEST_CASE("an address of another host cannot be listened on") {
  CHECK_THROWS_AS(listen_on("tcp://192.0.2.1:5555"), executor::Error);
}

TEST_CASE("where no gateway listens there is no connection") {
  CHECK_FALSE(connect_to("/nonexistent/gateway.sock"));
}

TEST_CASE("an address that becomes free within a second is listened on, and no later one") {
  const auto port = free_port();
  if (port == 0) {
    WARN("this host has no IPv6");
    return;
  }
  const auto address = "tcp://[::1]:" + std::to_string(port);
  auto former = listen_on(address);
  const auto begun = Clock::now();
  CHECK_THROWS_AS(listen_on(address), executor::Error);
  CHECK(Clock::now() - begun >= std::chrono::seconds(1));
  std::thread leaves([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(100));  // the other has tried by then
    former = {};
  });
  CHECK(listen_on(address));
  leaves.join();
}
