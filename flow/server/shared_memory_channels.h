#pragma once

#include <optional>
#include <string>
#include <unordered_map>
#include <vector>

#include "executor/shared_memory.h"
#include "flow/gateway/dispatch.h"

namespace flow {

/// The gateway's ends of the channels: one listening socket beside each ipc address, and one
/// channel for each peer that connected to it and named the channel in a packet. Admits only
/// processes of the same user. Used by one thread.
class SharedMemoryChannels {
 public:
  /// Most peers that may have a channel; other peers go without.
  static constexpr std::size_t kMost = 256;

  SharedMemoryChannels() = default;
  ~SharedMemoryChannels();
  SharedMemoryChannels(const SharedMemoryChannels&) = delete;
  SharedMemoryChannels& operator=(const SharedMemoryChannels&) = delete;

  /// Listens for peers beside this ipc address. The caller holds the address's lock, so a leftover
  /// file is replaced. When the system refuses, all blobs go over the ipc socket.
  void listen(const std::string& address);

  /// Call for each packet of a peer: notes the peer's channel and fetches the blobs that it passed.
  /// Throws executor::Error(protocol) when they are missing.
  void fetch(const std::string& peer, executor::Packet& packet);
  /// As SharedMemoryChannel::pass(), for a peer that has a channel.
  std::optional<executor::Packet> pass(const std::string& peer, const executor::Packet& packet);
  /// Admits waiting peers and closes the channels of peers that are gone. Call now and then.
  void tick(Time now);

  std::size_t size() const { return open_.size(); }

 private:
  struct Open {
    executor::SharedMemoryChannel channel;
    std::string peer;             // "" until a packet names it
    std::optional<Time> gone_at;  // the other side is closed
  };
  void let_in();
  void let_in(executor::Descriptor socket);
  void note(const std::string& peer, std::uint64_t name);
  Open* find(const std::string& peer);

  std::vector<std::string> files_;
  std::vector<executor::Descriptor> listening_;
  std::unordered_map<std::uint64_t, Open> open_;  // by name
  std::unordered_map<std::string, std::uint64_t> name_of_peer_;
};

}  // namespace flow
