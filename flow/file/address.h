#pragma once

#include <string>

#include "flow/access/principal.h"
#include "flow/file/flow.h"

namespace flow {

/// Checks an address to listen on and returns it as the socket takes it: ipc:// with an absolute
/// path, or tcp:// with a numeric host ("*" = all) in its usual form. Throws
/// executor::Error(bad_config) at `place`.
std::string check_address(const std::string& address, const Place& place);

/// The kind of link of an address that check_address() accepted.
access::Link link_of(const std::string& address);

}  // namespace flow
