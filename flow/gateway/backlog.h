#pragma once

#include <atomic>
#include <cstddef>
#include <map>
#include <memory>
#include <string>

#include "executor/socket.h"
#include "schemas/fault.h"

namespace flow {

/// What clients were sent and have not taken: it waits in this process's memory, because a socket
/// lets go of a frame only when the connection has taken it or is gone. Counted by owner, so that
/// no number of connections helps. One thread; the counters are lowered by the sockets' threads.
class Backlog {
 public:
  using Bytes = std::shared_ptr<std::atomic<std::size_t>>;
  /// Of one owner. Who leaves as much unread is sent nothing large until it reads.
  static constexpr std::size_t kMostBytes = std::size_t{256} * 1024 * 1024;
  /// A packet up to this size is always sent.
  static constexpr std::size_t kSmallBytes = 1024;

  /// Whether so many bytes, or this packet, may be sent to this owner.
  bool has_room(const std::string& owner, std::size_t bytes) const;
  bool has_room(const std::string& owner, const executor::Packet& packet) const {
    return has_room(owner, executor::bytes_of(packet));
  }
  /// The counter of an owner, for counted().
  Bytes of(const std::string& owner);

 private:
  std::map<std::string, Bytes> bytes_;
};

/// What its owner hears instead.
schemas::Fault left_unread(const std::string& job = "");

/// The packet, with body and blobs that count in `bytes` until their last copy is gone.
executor::Packet counted(executor::Packet packet, const Backlog::Bytes& bytes);

}  // namespace flow
