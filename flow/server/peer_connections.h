#pragma once

#include <sys/socket.h>

#include <functional>
#include <map>
#include <string>

namespace flow {

/// The connections of other hosts that sent something, with the keys that they proved to hold: so
/// that those of a revoked key can be closed, for which libzmq has no call. The descriptors are
/// libzmq's; shut down here, it finds the connection over and closes it. Used by one thread.
class PeerConnections {
 public:
  /// A packet came over this connection; `peer` is the name that it has, which no other gets.
  void note(int descriptor, const std::string& peer, const std::string& key);
  /// Ends the connections whose key is not allowed.
  void close_unless(const std::function<bool(const std::string& key)>& allowed);

  std::size_t size() const { return open_.size(); }

 private:
  struct Connection {
    std::string peer;
    std::string key;
    sockaddr_storage address{};
  };
  std::map<int, Connection> open_;  // by descriptor: no more than a process has
};

}  // namespace flow
