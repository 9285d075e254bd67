#include "flow/relay/listen.h"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <string_view>

#include "executor/error.h"
#include "flow/relay/relay_limits.h"

namespace flow::relay {
namespace {

constexpr int kBacklog = 128;
constexpr milliseconds kFormerGone{1'000};  // the server before this one, and its relay
constexpr int kTryAgain_ms = 20;
constexpr std::string_view kTcp = "tcp://";

struct Name {
  sockaddr_storage address{};
  socklen_t size = 0;
};

// Numbers alone, with the zone of a link-local one. Nothing when this host has no such zone.
Name name_of(const std::string& address) {
  const std::size_t colon = address.rfind(':');
  std::string host = address.substr(kTcp.size(), colon - kTcp.size());
  if (host.starts_with('[')) host = host.substr(1, host.size() - 2);
  addrinfo asked{};
  asked.ai_flags = AI_NUMERICHOST | AI_NUMERICSERV;
  asked.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  Name name;
  if (::getaddrinfo(host.c_str(), address.c_str() + colon + 1, &asked, &found) != 0) return name;
  std::memcpy(&name.address, found->ai_addr, found->ai_addrlen);
  name.size = found->ai_addrlen;
  ::freeaddrinfo(found);
  return name;
}

void set(int socket, int level, int option, int value) {
  ::setsockopt(socket, level, option, &value, sizeof value);
}

// None, and errno says why.
executor::Descriptor try_to_listen(const Name& name, bool v4_too) {
  if (name.size == 0) {
    errno = EADDRNOTAVAIL;
    return {};
  }
  const int family = name.address.ss_family;
  executor::Descriptor socket(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  set(socket.get(), SOL_SOCKET, SO_REUSEADDR, 1);
  if (family == AF_INET6) set(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, v4_too ? 0 : 1);
  if (socket &&
      ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&name.address), name.size) == 0 &&
      ::listen(socket.get(), kBacklog) == 0) {
    return socket;
  }
  const int error = errno;
  socket = {};
  errno = error;
  return {};
}

}  // namespace

executor::Descriptor listen_on(const std::string& address, bool v4_too) {
  const Time end = Clock::now() + kFormerGone;
  while (true) {
    if (auto socket = try_to_listen(name_of(address), v4_too)) return socket;
    if (errno != EADDRINUSE || Clock::now() >= end) break;
    ::poll(nullptr, 0, kTryAgain_ms);
  }
  throw executor::Error("unavailable", "cannot listen on " + address + ": " + std::strerror(errno),
                        "another program uses it, or this host has no such address: change "
                        "`listen` in the flow file");
}

void set_up_peer(int socket) {
  set(socket, IPPROTO_TCP, TCP_NODELAY, 1);
}

// The kernel finds it, whether anything is sent or not: the gateway behind sees no connection of
// its own end. It probes a silent peer each second, from half of the time on.
void count_as_gone_after(int socket, std::chrono::milliseconds silence) {
  const auto whole = static_cast<int>(silence.count());
  set(socket, SOL_SOCKET, SO_KEEPALIVE, 1);
  set(socket, IPPROTO_TCP, TCP_KEEPIDLE, std::max(1, whole / 2'000));
  set(socket, IPPROTO_TCP, TCP_KEEPINTVL, 1);
  set(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, whole);
}

executor::Descriptor connect_to(const std::string& file) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  file.copy(name.sun_path, sizeof name.sun_path - 1);
  executor::Descriptor socket(::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const bool there =
      socket && ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) == 0;
  return there ? std::move(socket) : executor::Descriptor();
}

}  // namespace flow::relay
