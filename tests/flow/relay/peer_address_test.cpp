#include "flow/relay/peer_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <catch2/catch.hpp>

using flow::relay::peer_address_of;

namespace {

sockaddr_storage v4(const char* text) {
  sockaddr_storage out{};
  auto& address = reinterpret_cast<sockaddr_in&>(out);
  address.sin_family = AF_INET;
  ::inet_pton(AF_INET, text, &address.sin_addr);
  return out;
}

sockaddr_storage v6(const char* text) {
  sockaddr_storage out{};
  auto& address = reinterpret_cast<sockaddr_in6&>(out);
  address.sin6_family = AF_INET6;
  ::inet_pton(AF_INET6, text, &address.sin6_addr);
  return out;
}

}  // namespace

TEST_CASE("an address of IPv4 counts alone") {
  CHECK(peer_address_of(v4("203.0.113.7")).text == "203.0.113.7");
  CHECK(peer_address_of(v4("203.0.113.7")).group == "203.0.113.7");
  CHECK(peer_address_of(v4("203.0.113.8")).group != "203.0.113.7");
  CHECK(peer_address_of(v6("::ffff:203.0.113.7")).group == "203.0.113.7");
}

TEST_CASE("addresses of one line of IPv6 count as one") {
  const auto one = peer_address_of(v6("2001:db8:1:2::7"));
  CHECK(one.text == "2001:db8:1:2::7");
  CHECK(one.group == peer_address_of(v6("2001:db8:1:2:ffff::1")).group);
  CHECK(one.group != peer_address_of(v6("2001:db8:1:3::7")).group);
}

TEST_CASE("all of this host's own addresses count as one") {
  CHECK(peer_address_of(v4("127.0.0.1")).group == "loopback");
  CHECK(peer_address_of(v4("127.255.1.2")).group == "loopback");
  CHECK(peer_address_of(v6("::1")).group == "loopback");
  CHECK(peer_address_of(v6("::ffff:127.0.0.3")).group == "loopback");
}
