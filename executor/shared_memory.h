#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "executor/descriptor.h"
#include "executor/socket.h"

namespace executor {

/// A channel beside an ipc socket, through which two processes of one host pass large blobs as
/// memory: a Unix socket whose messages carry descriptors (SCM_RIGHTS). wire.md has the format.
///
/// The kernel owns what is on its way. When either process dies, at any moment, nothing stays
/// behind, and what the dead process had passed can still be fetched. Nothing here waits. When the
/// channel is full, blobs go over the ipc socket like any other bytes. Used by one thread.
class SharedMemoryChannel {
 public:
  explicit SharedMemoryChannel(Descriptor socket) : socket_(std::move(socket)) {}

  /// Passes the blobs of kShareFromBytes and more. Returns the packet to send over the socket, with
  /// those frames empty; nothing when the packet is to be sent unchanged.
  std::optional<Packet> pass(const Packet& packet);

  /// Fills in the blobs that were passed for this packet. Drops blobs of earlier packets that never
  /// arrived. Throws Error(protocol) when this packet's blobs are missing.
  void fetch(Packet& packet);

  /// Sends one message without memory: a peer's name, or the gateway's admission.
  bool say(std::uint64_t number);
  /// The next such message, if one has arrived. Throws Error(protocol) when it carries memory.
  std::optional<std::uint64_t> hear();

  int descriptor() const { return socket_.get(); }
  /// Whether the other side is gone and everything that it passed was fetched.
  bool is_over() const;

 private:
  Descriptor socket_;
  std::uint64_t passed_ = 0;  // packets with memory so far
};

/// A peer's end of the channel to its gateway. Connects by itself, and again after the gateway was
/// restarted. Without a channel (other host, other user, too many peers) all packets go unchanged.
class PeerSharedMemory {
 public:
  /// `address` is the gateway's.
  explicit PeerSharedMemory(const std::string& address);

  /// The name that goes into each packet's header, so that the gateway can pass blobs to this peer;
  /// 0 = no channel.
  std::uint64_t name();
  /// As in SharedMemoryChannel.
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

/// The socket file of the channel beside an ipc address. "" for any other address, and when its
/// path is too long.
std::string channel_file(const std::string& address);

}  // namespace executor
