#pragma once

#include <sys/socket.h>

#include <string>

namespace flow::relay {

/// Where a connection comes from. A value.
struct PeerAddress {
  std::string text;  ///< "203.0.113.7", "2001:db8::7"
  /// What is counted as one address: an IPv4 address, a /64 of IPv6 (one line has that many), and
  /// all of this host's loopback.
  std::string group;
};

PeerAddress peer_address_of(const sockaddr_storage& address);

}  // namespace flow::relay
