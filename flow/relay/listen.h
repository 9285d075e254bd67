#pragma once

#include <chrono>
#include <string>

#include "executor/descriptor.h"

namespace flow::relay {

/// A listening socket for "tcp://1.2.3.4:5555" or "tcp://[::]:5555". Throws executor::Error
/// (unavailable) when the address is not of this host, or is in use for a second: so long the relay
/// of a server that was killed may still hold it. `v4_too`: who comes to [::] by IPv4 is let in,
/// which needs 0.0.0.0 with the same port to be free.
executor::Descriptor listen_on(const std::string& address, bool v4_too = true);

/// Sends small packets at once, as libzmq does.
void set_up_peer(int socket);

/// The peer's host or link counts as gone after so much silence: a second is the least.
void count_as_gone_after(int socket, std::chrono::milliseconds silence);

/// A connection to a Unix socket; none when nobody listens there now.
executor::Descriptor connect_to(const std::string& file);

}  // namespace flow::relay
