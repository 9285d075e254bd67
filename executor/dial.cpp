#include "executor/dial.h"

#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <memory>
#include <vector>

#include "executor/descriptor.h"

namespace executor {
namespace {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kAnswer{1'000};  // of a host that is tried by both ways
constexpr milliseconds kPause{3'000};   // between two looks at a name
const std::string kTcp = "tcp://";

using Found = std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)>;

struct Place {
  std::string host, port;
};

Place place_of(const std::string& address) {
  const std::string text = address.substr(kTcp.size());
  const std::size_t colon = text.rfind(':');
  std::string host = text.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  return {host, text.substr(colon + 1)};
}

bool has(const addrinfo* found, int family) {
  for (; found != nullptr; found = found->ai_next) {
    if (found->ai_family == family) return true;
  }
  return false;
}

Descriptor begin_connecting(const addrinfo& to) {
  Descriptor socket(::socket(to.ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  const bool begun =
      socket && (::connect(socket.get(), to.ai_addr, to.ai_addrlen) == 0 || errno == EINPROGRESS);
  return begun ? std::move(socket) : Descriptor();
}

bool is_connected(const pollfd& poll) {
  int error = 0;
  socklen_t size = sizeof error;
  return (poll.revents & POLLOUT) != 0 &&
         ::getsockopt(poll.fd, SOL_SOCKET, SO_ERROR, &error, &size) == 0 && error == 0;
}

// AF_UNSPEC when none does in time.
int family_that_answers(const addrinfo* found) {
  std::vector<Descriptor> sockets;
  std::vector<pollfd> polls;
  std::vector<int> families;
  for (; found != nullptr; found = found->ai_next) {
    auto socket = begin_connecting(*found);
    if (!socket) continue;
    polls.push_back({socket.get(), POLLOUT, 0});
    families.push_back(found->ai_family);
    sockets.push_back(std::move(socket));
  }
  for (const auto end = Clock::now() + kAnswer; Clock::now() < end;) {
    const auto left = std::chrono::ceil<milliseconds>(end - Clock::now());
    if (::poll(polls.data(), polls.size(), static_cast<int>(left.count())) < 0) break;
    for (std::size_t i = 0; i < polls.size(); ++i) {
      if (is_connected(polls[i])) return families[i];
      if (polls[i].revents != 0) polls[i].fd = -1;  // refused
    }
    if (std::all_of(polls.begin(), polls.end(), [](const auto& each) { return each.fd < 0; }))
      break;
  }
  return AF_UNSPEC;
}

}  // namespace

Dial::Dial(zmq::socket_t& socket, std::string address)
    : socket_(socket), address_(std::move(address)), v6_(look(false)), looked_at_(Clock::now()) {
  socket_.set(zmq::sockopt::ipv6, v6_);
  socket_.connect(address_);
}

bool Dial::look(bool now) {
  unknown_.clear();
  if (!address_.starts_with(kTcp)) return false;
  const auto [host, port] = place_of(address_);
  addrinfo asked{};
  asked.ai_socktype = SOCK_STREAM;
  addrinfo* first = nullptr;
  const int error = ::getaddrinfo(host.c_str(), port.c_str(), &asked, &first);
  const Found found(first, &::freeaddrinfo);
  if (error != 0) {
    unknown_ = "the host '" + host + "' is not known here: " + ::gai_strerror(error);
    return now;
  }
  if (!has(first, AF_INET6) || !has(first, AF_INET)) return has(first, AF_INET6);
  const int family = family_that_answers(first);
  return family == AF_UNSPEC ? now : family == AF_INET6;
}

void Dial::look_again(Clock::time_point now) {
  if (now < looked_at_ + kPause) return;
  const bool v6 = look(v6_);
  looked_at_ = Clock::now();
  if (v6 == v6_) return;
  v6_ = v6;
  socket_.disconnect(address_);
  socket_.set(zmq::sockopt::ipv6, v6_);
  socket_.connect(address_);
}

std::optional<Error> Dial::objection() const {
  if (unknown_.empty()) return std::nullopt;
  return Error("unavailable", unknown_, "check the name in " + address_);
}

}  // namespace executor
