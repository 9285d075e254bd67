#include "flow/server/listening_socket.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <cstring>
#include <zmq.hpp>

namespace flow {
namespace {

constexpr int kBacklog = 128;

union Address {
  sockaddr any;
  sockaddr_in v4;
  sockaddr_in6 v6;
};

// `address` passed check_address(): its host is a number.
socklen_t read(const std::string& address, Address& out) {
  const std::string rest = address.substr(std::strlen("tcp://"));
  const auto colon = rest.rfind(':');
  const std::string host = rest.substr(0, colon);
  const auto port = htons(static_cast<std::uint16_t>(std::stoi(rest.substr(colon + 1))));
  std::memset(&out, 0, sizeof out);
  if (host.starts_with('[')) {
    out.v6.sin6_family = AF_INET6;
    out.v6.sin6_port = port;
    inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &out.v6.sin6_addr);
    return sizeof out.v6;
  }
  out.v4.sin_family = AF_INET;
  out.v4.sin_port = port;
  inet_pton(AF_INET, host.c_str(), &out.v4.sin_addr);
  return sizeof out.v4;
}

void set(int descriptor, int level, int option, int value) {
  ::setsockopt(descriptor, level, option, &value, sizeof value);
}

}  // namespace

executor::Descriptor listen_on(const std::string& address, bool shared) {
  Address at{};
  const socklen_t size = read(address, at);
  executor::Descriptor listening(
      ::socket(at.any.sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!listening) throw zmq::error_t();
  set(listening.get(), SOL_SOCKET, SO_REUSEADDR, 1);  // past connections wait out their time
  if (shared) share_address(listening.get());
  if (at.any.sa_family == AF_INET6) set(listening.get(), IPPROTO_IPV6, IPV6_V6ONLY, 0);
  if (::bind(listening.get(), &at.any, size) != 0 || ::listen(listening.get(), kBacklog) != 0) {
    throw zmq::error_t();
  }
  return listening;
}

void share_address(int descriptor) {
  set(descriptor, SOL_SOCKET, SO_REUSEPORT, 1);
}

}  // namespace flow
