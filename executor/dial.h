#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <zmq.hpp>

#include "executor/error.h"

namespace executor {

/// Connects a socket to a gateway by IPv4 or IPv6, whichever it answers. libzmq looks for a host in
/// one of them alone, and has to be told which before it connects. A name that has both is tried by
/// both, for a second at most. Used by one thread.
class Dial {
 public:
  /// Connects. `address` has passed check_server_address(). `socket` must outlive the last call.
  Dial(zmq::socket_t& socket, std::string address);

  /// For whoever waits without a link: a name may have been given to a host meanwhile, or the
  /// gateway may have come by the other way. Looks every few seconds, and at names alone.
  void look_again(std::chrono::steady_clock::time_point now);
  /// Why there can be no link: nobody knows the host. As of the last look.
  std::optional<Error> objection() const;

 private:
  /// Whether by IPv6; `now` when nothing tells.
  bool look(bool now);

  zmq::socket_t& socket_;
  const std::string address_;
  std::string unknown_;  // why the name is, "" = it is known
  bool v6_;
  std::chrono::steady_clock::time_point looked_at_;
};

}  // namespace executor
