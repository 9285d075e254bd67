#include "executor/server_address.h"

#include <charconv>

#include "executor/error.h"

namespace executor {
namespace {

void check_path(const std::string& address, const std::string& path) {
  if (path.empty() || path[0] != '/') {
    throw Error("bad_config", "'" + address + "' has no absolute path",
                "write ipc:///path/to/gateway.sock");
  }
  if (path.size() <= kMaxSocketPathBytes) return;
  throw Error("bad_config",
              "the socket path has " + std::to_string(path.size()) + " bytes, but at most " +
                  std::to_string(kMaxSocketPathBytes) + " are allowed: " + path,
              "choose a shorter folder, for example with SOUVENIR_HOME");
}

void check_host_and_port(const std::string& address, const std::string& text) {
  const std::size_t colon = text.rfind(':');
  // The last colon of [::1] separates no port.
  const bool is_bare_v6 = text.ends_with(']');
  int port = 0;
  if (colon != std::string::npos && !is_bare_v6) {
    const char* end = text.data() + text.size();
    const auto [stop, fault] = std::from_chars(text.data() + colon + 1, end, port);
    if (fault != std::errc() || stop != end) port = 0;
  }
  if (port < 1 || port > 65535 || colon == 0) {
    throw Error("bad_config", "'" + address + "' is not a host with a port from 1 to 65535",
                "write tcp://HOST:PORT, for example tcp://127.0.0.1:5555 or tcp://[::1]:5555");
  }
  const std::string host = text.substr(0, colon);
  if (host.find(':') == std::string::npos || host.front() == '[') return;
  throw Error("bad_config", "the IPv6 address in '" + address + "' has no brackets",
              "write tcp://[" + host + "]:" + std::to_string(port));
}

}  // namespace

void check_server_address(const std::string& address) {
  if (address.starts_with("ipc://")) return check_path(address, address.substr(6));
  if (address.starts_with("tcp://")) return check_host_and_port(address, address.substr(6));
  throw Error("bad_config", "'" + address + "' is no address of a server",
              "write ipc:///path/to/gateway.sock or tcp://HOST:PORT");
}

}  // namespace executor
