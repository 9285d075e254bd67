#include "pictures/decoder_wire.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace pictures {

using Clock = std::chrono::steady_clock;

Wire::Wire(int socket, std::optional<std::chrono::milliseconds> time) : socket_(socket) {
  if (time) end_ = Clock::now() + *time;
}

bool Wire::late() const {
  return end_ && Clock::now() >= *end_;
}

bool Wire::wait(short what) const {
  while (!late()) {
    int left_ms = -1;
    if (end_) {
      const auto left = std::chrono::ceil<std::chrono::milliseconds>(*end_ - Clock::now()).count();
      left_ms = static_cast<int>(std::max<std::int64_t>(left, 0));
    }
    pollfd poller{socket_, what, 0};
    const int ready = ::poll(&poller, 1, left_ms);
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
  return false;
}

bool Wire::read(void* to, std::size_t bytes) const {
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

bool Wire::write(const void* from, std::size_t bytes) const {
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
