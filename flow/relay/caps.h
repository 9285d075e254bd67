#pragma once

#include <cstddef>
#include <map>
#include <string>

#include "flow/relay/relay_limits.h"

namespace flow::relay {

/// How many connections there are, of each address and in all, and whether one more may come. Used
/// by one thread.
class Caps {
 public:
  explicit Caps(std::size_t most = kConnections) : most_(most) {}

  /// Counts one more connection of that address as a handshake, or refuses it.
  bool take(const std::string& address, Time now);
  /// One of its handshakes is over; the connection stays.
  void let_in(const std::string& address);
  /// One of its connections is closed.
  void leave(const std::string& address, bool was_let_in);

  std::size_t connections() const { return connections_; }
  std::size_t handshakes() const { return handshakes_; }
  std::size_t addresses() const { return addresses_.size(); }
  /// Forgets addresses that have no connection and came long ago.
  void tick(Time now);

 private:
  struct Address {
    std::size_t connections = 0;
    std::size_t handshakes = 0;
    double may_come = kNewAtOnce;  // connections at once; grows by kNewPerSecond
    Time looked{};
  };
  void refill(Address& address, Time now) const;

  std::size_t most_;
  std::size_t connections_ = 0;
  std::size_t handshakes_ = 0;
  std::map<std::string, Address> addresses_;
};

}  // namespace flow::relay
