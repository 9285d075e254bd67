#include "flow/relay/peer_address.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include <array>
#include <cstring>

namespace flow::relay {
namespace {

constexpr std::size_t kNetworkBytes = 8;  // of the 16 of an IPv6 address

std::string text_of(int family, const void* bytes) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  return ::inet_ntop(family, bytes, text.data(), text.size()) != nullptr ? text.data() : "";
}

PeerAddress of_v4(const in_addr& address) {
  const std::string text = text_of(AF_INET, &address);
  return {text, text.starts_with("127.") ? "loopback" : text};
}

PeerAddress of_v6(const in6_addr& address) {
  if (IN6_IS_ADDR_V4MAPPED(&address)) {
    in_addr v4{};
    std::memcpy(&v4, &address.s6_addr[12], sizeof v4);
    return of_v4(v4);
  }
  const std::string text = text_of(AF_INET6, &address);
  if (IN6_IS_ADDR_LOOPBACK(&address)) return {text, "loopback"};
  in6_addr network{};
  std::memcpy(&network, &address, kNetworkBytes);
  return {text, text_of(AF_INET6, &network) + "/64"};
}

}  // namespace

PeerAddress peer_address_of(const sockaddr_storage& address) {
  if (address.ss_family == AF_INET)
    return of_v4(reinterpret_cast<const sockaddr_in&>(address).sin_addr);
  if (address.ss_family == AF_INET6)
    return of_v6(reinterpret_cast<const sockaddr_in6&>(address).sin6_addr);
  return {"unknown", "unknown"};
}

}  // namespace flow::relay
