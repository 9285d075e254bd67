#include "flow/server/peer_connections.h"

#include <cstring>

namespace flow {
namespace {

sockaddr_storage address_of(int descriptor) {
  sockaddr_storage address{};
  socklen_t size = sizeof address;
  if (::getpeername(descriptor, reinterpret_cast<sockaddr*>(&address), &size) != 0) return {};
  return address;
}

bool are_equal(const sockaddr_storage& a, const sockaddr_storage& b) {
  return std::memcmp(&a, &b, sizeof a) == 0;
}

}  // namespace

void PeerConnections::note(int descriptor, const std::string& peer, const std::string& key) {
  if (descriptor < 0) return;
  Connection& known = open_[descriptor];
  if (known.peer != peer) known = {peer, key, address_of(descriptor)};
}

// A descriptor whose connection is over may be that of another by now, from another port.
void PeerConnections::close_unless(const std::function<bool(const std::string& key)>& allowed) {
  std::erase_if(open_, [&](const auto& entry) {
    const auto& [descriptor, connection] = entry;
    if (allowed(connection.key)) return false;
    if (are_equal(connection.address, address_of(descriptor))) ::shutdown(descriptor, SHUT_RDWR);
    return true;
  });
}

}  // namespace flow
