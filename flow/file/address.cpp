#include "flow/file/address.h"

#include <arpa/inet.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>

#include "executor/server_address.h"
#include "flow/file/check.h"

namespace flow {
namespace {

/// The text as a number of at most `max`, when it is nothing but digits without a leading zero.
std::optional<int> small_number(std::string_view text, int max) {
  const bool digits =
      std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
  if (text.empty() || text.size() > 5 || !digits || (text.size() > 1 && text[0] == '0')) return {};
  const int number = std::stoi(std::string(text));
  return number <= max ? std::optional(number) : std::nullopt;
}

bool is_v4(std::string_view host) {
  for (int part = 0; part < 4; ++part) {
    const std::size_t dot = host.find('.');
    if ((dot == std::string_view::npos) != (part == 3)) return false;
    if (!small_number(host.substr(0, dot), 255)) return false;
    host.remove_prefix(part == 3 ? host.size() : dot + 1);
  }
  return true;
}

/// An IPv6 address in brackets in its one usual form, and what is IPv4 in it as that: so that
/// [0:0::1] and [::ffff:127.0.0.1] are loopback as [::1] and 127.0.0.1 are.
std::optional<std::string> canonical_v6(const std::string& host) {
  if (host.size() <= 2 || host.front() != '[' || host.back() != ']') return {};
  const std::string inner = host.substr(1, host.size() - 2);
  const std::size_t percent = std::min(inner.find('%'), inner.size());
  const std::string zone = inner.substr(percent);
  in6_addr parsed{};
  if (inet_pton(AF_INET6, inner.substr(0, percent).c_str(), &parsed) != 1) return {};
  if (!zone.empty() && (zone.size() == 1 || !IN6_IS_ADDR_LINKLOCAL(&parsed))) return {};
  std::array<char, INET6_ADDRSTRLEN> text{};
  const bool mapped = IN6_IS_ADDR_V4MAPPED(&parsed);
  const void* bytes = mapped ? &parsed.s6_addr[12] : parsed.s6_addr;
  inet_ntop(mapped ? AF_INET : AF_INET6, bytes, text.data(), text.size());
  return mapped ? std::string(text.data()) : "[" + std::string(text.data()) + zone + "]";
}

std::string check_ipc(const std::string& address, const Place& place) {
  const std::string path = address.substr(6);
  if (path.empty() || path[0] != '/') {
    fail_at(place, "'" + address + "' has no absolute path", "write ipc://${var.run}/gateway.sock");
  }
  if (path.size() > executor::kMaxSocketPathBytes) {
    fail_at(place,
            "the socket path has " + std::to_string(path.size()) + " bytes, but at most " +
                std::to_string(executor::kMaxSocketPathBytes) + " are allowed: " + path,
            "choose a shorter folder, for example with SOUVENIR_HOME");
  }
  return address;
}

std::string check_tcp(const std::string& address, const Place& place) {
  const std::string rest = address.substr(6);
  const std::size_t colon = rest.rfind(':');
  const std::string host = rest.substr(0, colon);
  const auto port =
      colon == std::string::npos ? std::nullopt : small_number(rest.substr(colon + 1), 65535);
  if (!port || *port == 0) {
    fail_at(place, "'" + address + "' has no port from 1 to 65535", "write tcp://127.0.0.1:5555");
  }
  // A socket binds to numeric addresses alone.
  if (host == "localhost") return "tcp://127.0.0.1:" + std::to_string(*port);
  if (host == "*") return "tcp://0.0.0.0:" + std::to_string(*port);
  if (is_v4(host)) return address;
  if (const auto v6 = canonical_v6(host)) return "tcp://" + *v6 + ":" + std::to_string(*port);
  fail_at(place, "'" + address + "' has no numeric host",
          "write tcp://127.0.0.1:5555, or an address of this host for others to reach");
}

}  // namespace

std::string check_address(const std::string& address, const Place& place) {
  if (address.rfind("ipc://", 0) == 0) return check_ipc(address, place);
  if (address.rfind("tcp://", 0) == 0) return check_tcp(address, place);
  fail_at(place, "'" + address + "' is not an address to listen on",
          "write ipc://${var.run}/gateway.sock or tcp://127.0.0.1:5555");
}

access::Link link_of(const std::string& address) {
  if (address.starts_with("ipc://")) return access::Link::own;
  const bool loopback = address.starts_with("tcp://127.") || address.starts_with("tcp://[::1]:");
  return loopback ? access::Link::loopback : access::Link::curve;
}

}  // namespace flow
