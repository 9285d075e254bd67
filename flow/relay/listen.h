#pragma once

#include <string>

#include "executor/descriptor.h"

namespace flow::relay {

/// A listening socket for "tcp://1.2.3.4:5555" or "tcp://[::]:5555". Throws executor::Error
/// (unavailable) when the address is in use or not of this host.
executor::Descriptor listen_on(const std::string& address);

/// Sends small packets at once, as libzmq does, and finds out when the peer's host is gone.
void set_up_peer(int socket);

/// A connection to a Unix socket; none when nobody listens there now.
executor::Descriptor connect_to(const std::string& file);

}  // namespace flow::relay
