#pragma once

#include <cstddef>
#include <string>

namespace executor {

/// The longest path of a socket file: sun_path of a Unix socket address without its NUL.
inline constexpr std::size_t kMaxSocketPathBytes = 107;

/// Checks the address of a gateway to connect to: ipc:// with an absolute path, or tcp:// with a
/// host (a name, or a number; IPv6 in brackets) and a port. Throws Error(bad_config) otherwise;
/// what a socket says of a bad address is an errno without a cause.
void check_server_address(const std::string& address);

}  // namespace executor
