#include "flow/relay/stream.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>

namespace flow::relay {
namespace {

bool is_for_later(int error) {
  return error == EAGAIN || error == EINTR;
}

}  // namespace

void Stream::compact() {
  std::copy(bytes_.begin() + static_cast<std::ptrdiff_t>(written_),
            bytes_.begin() + static_cast<std::ptrdiff_t>(end_), bytes_.begin());
  passed_ -= written_;
  end_ -= written_;
  written_ = 0;
}

Stream::Flow Stream::read(int descriptor, std::size_t most) {
  if (written_ > 0) compact();
  if (end_ >= most) return Flow::wait;
  if (bytes_.size() < most) bytes_.resize(most);
  const auto got = ::recv(descriptor, bytes_.data() + end_, most - end_, MSG_DONTWAIT);
  if (got == 0) return Flow::end;
  if (got < 0) return is_for_later(errno) ? Flow::wait : Flow::broken;
  end_ += static_cast<std::size_t>(got);
  return end_ == most ? Flow::full : Flow::on;
}

Stream::Flow Stream::write(int descriptor) {
  while (to_write()) {
    const auto sent = ::send(descriptor, bytes_.data() + written_, passed_ - written_,
                             MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent < 0) return is_for_later(errno) ? Flow::wait : Flow::broken;
    written_ += static_cast<std::size_t>(sent);
  }
  if (is_empty()) written_ = passed_ = end_ = 0;
  return Flow::on;
}

void Stream::swallow(std::size_t count) {
  const auto from = bytes_.begin() + static_cast<std::ptrdiff_t>(passed_);
  std::copy(from + static_cast<std::ptrdiff_t>(count),
            bytes_.begin() + static_cast<std::ptrdiff_t>(end_), from);
  end_ -= count;
}

void Stream::put(std::string_view bytes) {
  bytes_.resize(std::max(bytes_.size(), end_ + bytes.size()));
  const auto at = bytes_.begin() + static_cast<std::ptrdiff_t>(passed_);
  std::copy_backward(at, bytes_.begin() + static_cast<std::ptrdiff_t>(end_),
                     bytes_.begin() + static_cast<std::ptrdiff_t>(end_ + bytes.size()));
  std::copy(bytes.begin(), bytes.end(), at);
  passed_ += bytes.size();
  end_ += bytes.size();
}

void Stream::rest_when_empty() {
  if (is_empty() && held() > 0) {
    bytes_ = {};
    written_ = passed_ = end_ = 0;
  }
}

}  // namespace flow::relay
