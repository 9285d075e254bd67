#include "flow/relay/control.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace flow::relay {
namespace {

constexpr std::size_t kMostInAPacket = 64;

// A record with room for one descriptor beside it, as the kernel takes and gives it.
struct Envelope {
  explicit Envelope(Record& record) : part{&record, sizeof record} {
    message.msg_iov = &part;
    message.msg_iovlen = 1;
    message.msg_control = beside.data();
    message.msg_controllen = beside.size();
  }
  Envelope(const Envelope&) = delete;
  Envelope& operator=(const Envelope&) = delete;

  iovec part;
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> beside{};
  msghdr message{};
};

}  // namespace

Record record_of(Say say, std::uint64_t connection, const std::string& text) {
  Record record;
  record.say = say;
  record.connection = connection;
  text.copy(record.text.data(), record.text.size() - 1);
  return record;
}

void Control::flush() {
  std::size_t sent = 0;
  while (sent < queue_.size()) {
    const std::size_t count = std::min(queue_.size() - sent, kMostInAPacket);
    const auto wrote =
        ::send(socket_.get(), &queue_[sent], count * sizeof(Record), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (wrote < 0) {
      over_ |= errno != EAGAIN && errno != EINTR && errno != ENOBUFS;
      break;
    }
    sent += count;
  }
  queue_.erase(queue_.begin(), queue_.begin() + static_cast<std::ptrdiff_t>(sent));
}

std::vector<Record> Control::take() {
  std::vector<Record> all;
  std::array<Record, kMostInAPacket> packet;
  while (!over_) {
    const auto got = ::recv(socket_.get(), packet.data(), sizeof packet, MSG_DONTWAIT);
    if (got < 0 && errno == EINTR) continue;
    over_ |= got == 0 || (got < 0 && errno != EAGAIN);
    if (got <= 0) break;
    const auto count = static_cast<std::size_t>(got) / sizeof(Record);
    all.insert(all.end(), packet.begin(), packet.begin() + static_cast<std::ptrdiff_t>(count));
  }
  for (auto& record : all) record.text.back() = '\0';
  return all;
}

void Control::hand_over(const Record& record, int descriptor) {
  Record sent = record;
  const Envelope envelope(sent);
  cmsghdr* beside = CMSG_FIRSTHDR(&envelope.message);
  beside->cmsg_level = SOL_SOCKET;
  beside->cmsg_type = SCM_RIGHTS;
  beside->cmsg_len = CMSG_LEN(sizeof descriptor);
  std::memcpy(CMSG_DATA(beside), &descriptor, sizeof descriptor);
  if (::sendmsg(socket_.get(), &envelope.message, MSG_NOSIGNAL) < 0) {
    throw std::system_error(errno, std::generic_category(), "cannot hand a socket to the relay");
  }
}

std::optional<Record> Control::wait_for_record(executor::Descriptor& descriptor) {
  Record record;
  Envelope envelope(record);
  const auto got = ::recvmsg(socket_.get(), &envelope.message, MSG_CMSG_CLOEXEC);
  if (got != static_cast<ssize_t>(sizeof record)) return std::nullopt;
  const cmsghdr* beside = CMSG_FIRSTHDR(&envelope.message);
  if (beside != nullptr && beside->cmsg_type == SCM_RIGHTS) {
    int number = -1;
    std::memcpy(&number, CMSG_DATA(beside), sizeof number);
    descriptor = executor::Descriptor(number);
  }
  record.text.back() = '\0';
  return record;
}

}  // namespace flow::relay
