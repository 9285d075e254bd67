#pragma once

#include <string>

#include "executor/descriptor.h"

namespace flow {

/// A socket that listens on "tcp://1.2.3.4:5555" or "tcp://[::]:5555". `shared`: beside another of
/// this process on which share_address() was called; the kernel then gives each connection to
/// either. Throws zmq::error_t when the address is in use or not of this host.
executor::Descriptor listen_on(const std::string& address, bool shared);

/// Lets another socket of this user listen on the address that this one has.
void share_address(int descriptor);

}  // namespace flow
