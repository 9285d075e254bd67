#pragma once

#include <string>
#include <zmq.hpp>

namespace executor {

/// Before bind() or connect(): no heartbeats when `address` is on this host. The kernel tells when
/// the other end is gone, and for each beat libzmq goes through the timers of all connections: with
/// 5,000 of them that takes a core.
void spare_heartbeats(zmq::socket_t& socket, const std::string& address);

}  // namespace executor
