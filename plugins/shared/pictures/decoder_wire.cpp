#include "pictures/decoder_wire.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace pictures {

using Clock = std::chrono::steady_clock;
using std::chrono::milliseconds;

constexpr milliseconds kLook{100};  // often enough for executor::Silence

Wire::Wire(int socket, std::optional<milliseconds> time)
    : socket_(socket), time_(time), waited_(Clock::now()) {}

bool Wire::late() const {
  return time_ && waited_.time() >= *time_;
}

bool Wire::wait(short what) {
  while (!late()) {
    pollfd poller{socket_, what, 0};
    const auto left = time_ ? std::chrono::ceil<milliseconds>(*time_ - waited_.time()) : kLook;
    const int ready = ::poll(&poller, 1, static_cast<int>(std::min(left, kLook).count()));
    waited_.look(Clock::now());
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
  return false;
}

bool Wire::read(void* to, std::size_t bytes) {
  auto* at = static_cast<char*>(to);
  while (bytes > 0) {
    if (!wait(POLLIN)) return false;
    const auto got = ::recv(socket_, at, bytes, MSG_DONTWAIT);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got <= 0) return false;
    at += got;
    bytes -= static_cast<std::size_t>(got);
  }
  return true;
}

bool Wire::write(const void* from, std::size_t bytes) {
  const auto* at = static_cast<const char*>(from);
  while (bytes > 0) {
    if (!wait(POLLOUT)) return false;
    const auto put = ::send(socket_, at, bytes, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (put < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (put < 0) return false;
    at += put;
    bytes -= static_cast<std::size_t>(put);
  }
  return true;
}

}  // namespace pictures
