#include "executor/shared_memory.h"

#include <sys/socket.h>

#include <array>
#include <bit>
#include <cerrno>
#include <cstring>

#include "executor/error.h"
#include "executor/shared_blob.h"
#include "schemas/limits.h"

namespace executor {
namespace {

using schemas::kMaxBlobs;

// One message: a number, and the descriptors that go with it.
struct Frame {
  explicit Frame(std::uint64_t number_in = 0) : number(number_in) {
    header.msg_iov = &part;
    header.msg_iovlen = 1;
  }
  Frame(const Frame&) = delete;
  Frame& operator=(const Frame&) = delete;

  void attach(const std::vector<int>& memories) {
    if (memories.empty()) return;
    header.msg_control = control.data();
    header.msg_controllen = CMSG_SPACE(memories.size() * sizeof(int));
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(memories.size() * sizeof(int));
    std::memcpy(CMSG_DATA(rights), memories.data(), memories.size() * sizeof(int));
  }

  std::vector<Descriptor> attached() {
    std::vector<Descriptor> memories;
    for (cmsghdr* part_of = CMSG_FIRSTHDR(&header); part_of != nullptr;
         part_of = CMSG_NXTHDR(&header, part_of)) {
      if (part_of->cmsg_level != SOL_SOCKET || part_of->cmsg_type != SCM_RIGHTS) continue;
      const std::size_t count = (part_of->cmsg_len - CMSG_LEN(0)) / sizeof(int);
      for (std::size_t i = 0; i < count; ++i) {
        int memory = -1;
        std::memcpy(&memory, CMSG_DATA(part_of) + i * sizeof memory, sizeof memory);
        memories.emplace_back(memory);
      }
    }
    return memories;
  }

  std::uint64_t number;
  iovec part{&number, sizeof number};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(kMaxBlobs * sizeof(int))> control{};
  msghdr header{};
};

// The next message is in the frame, or none is here.
bool receive(int socket, Frame& frame) {
  frame.header.msg_control = frame.control.data();
  frame.header.msg_controllen = frame.control.size();
  ssize_t got = -1;
  do {  // the other side died with something unread: told once, and not in the way of what it sent
    got = ::recvmsg(socket, &frame.header, MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
  } while (got < 0 && (errno == EINTR || errno == ECONNRESET));
  return got == sizeof frame.number;
}

bool send(int socket, std::uint64_t number, const std::vector<int>& memories) {
  Frame frame(number);
  frame.attach(memories);
  return ::sendmsg(socket, &frame.header, MSG_DONTWAIT | MSG_NOSIGNAL) == sizeof number;
}

bool is_large(const schemas::Blob& blob) {
  return blob.size() >= kShareFromBytes;
}

// The large blobs of a packet as memory: their own, or new memory with a copy.
struct Memories {
  explicit Memories(const std::vector<schemas::Blob>& blobs) {
    for (std::size_t i = 0; i < blobs.size() && i < kMaxBlobs; ++i) {
      if (!is_large(blobs[i])) continue;
      int memory = memory_of(blobs[i]);
      if (memory < 0) memory = made.emplace_back(share(blobs[i].view())).get();
      if (memory < 0) continue;
      all.push_back(memory);
      bits |= std::uint64_t{1} << i;
    }
  }

  std::vector<int> all;
  std::vector<Descriptor> made;
  std::uint64_t bits = 0;
};

}  // namespace

std::optional<Packet> SharedMemoryChannel::pass(const Packet& packet) {
  bool any = false;
  for (const auto& blob : packet.blobs) any |= is_large(blob);
  if (!any) return std::nullopt;
  const Memories memories(packet.blobs);
  if (memories.bits == 0 || !send(socket_.get(), passed_ + 1, memories.all)) return std::nullopt;
  Packet rest = packet;
  rest.header.memory = memories.bits;
  rest.header.passed = ++passed_;
  for (std::size_t i = 0; i < rest.blobs.size(); ++i) {
    if ((memories.bits >> i & 1) != 0) rest.blobs[i] = {};
  }
  return rest;
}

void SharedMemoryChannel::fetch(Packet& packet) {
  const std::uint64_t bits = std::exchange(packet.header.memory, 0);
  const std::uint64_t number = std::exchange(packet.header.passed, 0);
  if (bits == 0) return;
  Frame frame;
  std::vector<Descriptor> memories;
  do {
    if (!receive(socket_.get(), frame)) throw Error("protocol", "shared blobs did not come");
    memories = frame.attached();
  } while (frame.number < number);
  const auto count = static_cast<std::size_t>(std::popcount(bits));
  if (frame.number != number || memories.size() != count ||
      static_cast<std::size_t>(std::bit_width(bits)) > packet.blobs.size()) {
    throw Error("protocol", "the shared blobs are not those that the header names");
  }
  auto memory = memories.begin();
  for (std::size_t i = 0; i < packet.blobs.size(); ++i) {
    if ((bits >> i & 1) != 0) packet.blobs[i] = blob_in(std::move(*memory++));
  }
}

bool SharedMemoryChannel::say(std::uint64_t number) {
  return send(socket_.get(), number, {});
}

std::optional<std::uint64_t> SharedMemoryChannel::hear() {
  Frame frame;
  if (!receive(socket_.get(), frame)) return std::nullopt;
  if (!frame.attached().empty())
    throw Error("protocol", "a shared blob came that nobody asked for");
  return frame.number;
}

bool SharedMemoryChannel::is_over() const {
  char byte = 0;
  ssize_t got = -1;
  do {
    got = ::recv(socket_.get(), &byte, sizeof byte, MSG_PEEK | MSG_DONTWAIT);
  } while (got < 0 && (errno == EINTR || errno == ECONNRESET));
  return got == 0 || (got < 0 && errno != EAGAIN && errno != EWOULDBLOCK);
}

}  // namespace executor
