#pragma once

#include <cstdint>
#include <map>

#include "flow/relay/relay_limits.h"

namespace flow::relay {

/// Whose connection it is: the gateway numbers those whose keys it lets in.
using Owner = std::uint64_t;
inline constexpr Owner kNobody = 0;  ///< on a link without keys

/// Bytes on their way to the gateway and unread by it, of each owner. Used by one thread.
class Quotas {
 public:
  static std::uint64_t of(Owner owner) { return owner == kNobody ? kPlainBytes : kOwnerBytes; }

  /// Whether a connection of the owner, which has so much on its way, may send so much more.
  bool has_room(Owner owner, std::uint64_t of_connection, std::uint64_t more) const;
  void add(Owner owner, std::uint64_t bytes) { ahead_[owner] += bytes; }
  void remove(Owner owner, std::uint64_t bytes);
  std::uint64_t ahead(Owner owner) const;
  std::size_t size() const { return ahead_.size(); }

 private:
  std::map<Owner, std::uint64_t> ahead_;
};

/// What one connection has on its way to the gateway. A value.
struct Ahead {
  std::uint64_t bytes = 0;
  std::uint32_t frames = 0;
};

/// Under CURVE a heartbeat looks like a frame of a message with this many bytes at most: "PONG" or
/// "PING", its time, and what it carries. So such frames count as frames, but have no bytes.
inline constexpr std::uint64_t kHeartbeatBytes = 23;

inline constexpr std::uint64_t counted_bytes(std::uint64_t size) {
  return size <= kHeartbeatBytes ? 0 : size;
}

}  // namespace flow::relay
