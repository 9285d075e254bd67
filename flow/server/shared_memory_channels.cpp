#include "flow/server/shared_memory_channels.h"

#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>

#include "executor/error.h"

namespace flow {
namespace {

using executor::Descriptor;
using executor::Error;
using executor::Packet;

constexpr int kBacklog = 128;
// What a dead peer passed for a packet that came is fetched long before.
constexpr std::chrono::seconds kUnfetched{10};

bool is_own(const Descriptor& socket) {
  ucred peer{};
  socklen_t size = sizeof peer;
  return ::getsockopt(socket.get(), SOL_SOCKET, SO_PEERCRED, &peer, &size) == 0 &&
         peer.uid == ::geteuid();
}

}  // namespace

SharedMemoryChannels::~SharedMemoryChannels() {
  for (const auto& file : files_) ::unlink(file.c_str());
}

void SharedMemoryChannels::listen(const std::string& address) {
  const std::string file = executor::channel_file(address);
  if (file.empty()) return;
  Descriptor socket(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  std::memcpy(name.sun_path, file.data(), file.size());
  ::unlink(file.c_str());
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&name), sizeof name) != 0) return;
  files_.push_back(file);
  if (::listen(socket.get(), kBacklog) == 0) listening_.push_back(std::move(socket));
}

// A peer says its name before it asks anything: who has said none is no peer of ours.
void SharedMemoryChannels::let_in(Descriptor socket) {
  if (open_.size() >= kMost || !is_own(socket)) return;
  executor::SharedMemoryChannel channel(std::move(socket));
  try {
    const auto name = channel.hear();
    if (!name || *name == 0 || open_.contains(*name) || !channel.say(0)) return;
    open_.emplace(*name, Open{std::move(channel), "", std::nullopt});
  } catch (const Error&) {
    return;  // closed with `channel`
  }
}

void SharedMemoryChannels::let_in() {
  for (const auto& listening : listening_) {
    while (true) {
      Descriptor socket(::accept4(listening.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (!socket) break;
      let_in(std::move(socket));
    }
  }
}

void SharedMemoryChannels::note(const std::string& peer, std::uint64_t name) {
  const auto known = name_of_peer_.find(peer);
  if (known != name_of_peer_.end() && known->second == name) return;
  if (!open_.contains(name)) let_in();
  const auto found = open_.find(name);
  if (found == open_.end()) return;
  name_of_peer_.erase(found->second.peer);  // it has connected again
  found->second.peer = peer;
  name_of_peer_[peer] = name;
}

SharedMemoryChannels::Open* SharedMemoryChannels::find(const std::string& peer) {
  const auto name = name_of_peer_.find(peer);
  return name == name_of_peer_.end() ? nullptr : &open_.at(name->second);
}

void SharedMemoryChannels::fetch(const std::string& peer, Packet& packet) {
  if (const auto name = std::exchange(packet.header.channel, 0); name != 0) note(peer, name);
  if (packet.header.memory == 0) return;
  Open* open = find(peer);
  if (open == nullptr) throw Error("protocol", "blobs were shared by a peer without a channel");
  open->channel.fetch(packet);
}

std::optional<Packet> SharedMemoryChannels::pass(const std::string& peer, const Packet& packet) {
  Open* open = packet.blobs.empty() ? nullptr : find(peer);
  if (open == nullptr || open->gone_at) return std::nullopt;
  return open->channel.pass(packet);
}

void SharedMemoryChannels::tick(Time now) {
  let_in();
  std::vector<pollfd> polls;
  std::vector<std::uint64_t> names;
  for (const auto& [name, open] : open_) {
    polls.push_back({open.channel.descriptor(), 0, 0});
    names.push_back(name);
  }
  if (::poll(polls.data(), polls.size(), 0) <= 0) return;
  for (std::size_t i = 0; i < polls.size(); ++i) {
    if (polls[i].revents == 0) continue;
    Open& open = open_.at(names[i]);
    if (!open.gone_at) open.gone_at = now;
    if (!open.channel.is_over() && now - *open.gone_at < kUnfetched) continue;
    name_of_peer_.erase(open.peer);
    open_.erase(names[i]);
  }
}

}  // namespace flow
