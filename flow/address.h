#pragma once

#include <cstddef>
#include <string>

#include "flow/flow.h"

namespace flow {

/// Longest path of a socket file: what sun_path of a Unix socket address holds beside its NUL.
inline constexpr std::size_t kMaxSocketPathBytes = 107;

/// An address to listen on, as the socket takes it: ipc:// with an absolute path, or tcp:// on this
/// host alone. Throws executor::Error(bad_config) at `place`.
std::string check_address(const std::string& address, const Place& place);

}  // namespace flow
