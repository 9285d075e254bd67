#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "executor/descriptor.h"
#include "executor/socket.h"

namespace executor {

/// A way beside an ipc socket along which two processes of one host pass large blobs as memory: a
/// Unix socket whose messages carry descriptors (SCM_RIGHTS). wire.md has the format.
///
/// What is under way belongs to the kernel: when either process dies, at whatever moment, nothing
/// stays behind, and what a dead one had passed can still be fetched. Nothing here waits. What the
/// way has no room for goes over the ipc socket as any other bytes. Used by one thread.
class SharedMemoryChannel {
 public:
  explicit SharedMemoryChannel(Descriptor socket) : socket_(std::move(socket)) {}

  /// Passes the blobs of kShareFromBytes and more. The packet that then goes over the socket, their
  /// frames empty; nothing when the packet goes as it is.
  std::optional<Packet> pass(const Packet& packet);

  /// Fills in the blobs that were passed for this packet; those of earlier packets, which never
  /// arrived, are dropped. Throws Error(protocol) when they are not there.
  void fetch(Packet& packet);

  /// One message without memory: the name of a peer, or the gateway's word that it is let in.
  bool say(std::uint64_t number);
  /// The next such message, if one is here. Throws Error(protocol) when it carries memory.
  std::optional<std::uint64_t> hear();

  int descriptor() const { return socket_.get(); }
  /// Whether the other side is gone and all that it passed was fetched.
  bool is_over() const;

 private:
  Descriptor socket_;
  std::uint64_t passed_ = 0;  // packets with memory
};

/// A peer's end of the channel to its gateway: connects by itself, and again after the gateway was
/// started anew. Without one (another host, another user, too many peers) all packets go as
/// they are.
class PeerSharedMemory {
 public:
  /// `address` = of the gateway.
  explicit PeerSharedMemory(const std::string& address);

  /// What a packet says in its header so that the gateway can pass blobs to this peer; 0 = no way.
  std::uint64_t name();
  /// As those of SharedMemoryChannel.
  std::optional<Packet> pass(const Packet& packet);
  void fetch(Packet& packet);

 private:
  void connect();
  bool is_let_in();

  std::string file_;
  std::optional<SharedMemoryChannel> channel_;
  std::uint64_t name_ = 0;
  bool let_in_ = false;
  std::int64_t tried_ms_ = 0;
};

/// The socket file of the channel beside an ipc address; "" for any other address, and for one
/// whose path is too long.
std::string channel_file(const std::string& address);

}  // namespace executor
