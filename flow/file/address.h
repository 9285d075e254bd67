#pragma once

#include <cstddef>
#include <string>

#include "flow/access/principal.h"
#include "flow/file/flow.h"

namespace flow {

/// Longest path of a socket file: what sun_path of a Unix socket address holds beside its NUL.
inline constexpr std::size_t kMaxSocketPathBytes = 107;

/// An address to listen on, as the socket takes it: ipc:// with an absolute path, or tcp:// with a
/// numeric host, or "*" for all. Throws executor::Error(bad_config) at `place`.
std::string check_address(const std::string& address, const Place& place);

/// What comes in at an address that check_address() let pass.
access::Link link_of(const std::string& address);

}  // namespace flow
