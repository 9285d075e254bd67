#include "flow/relay/caps.h"

#include <algorithm>

namespace flow::relay {

void Caps::refill(Address& address, Time now) const {
  const std::chrono::duration<double> passed = now - address.looked;
  if (address.looked != Time{}) {
    address.may_come = std::min(kNewAtOnce, address.may_come + passed.count() * kNewPerSecond);
  }
  address.looked = now;
}

bool Caps::take(const std::string& name, Time now) {
  Address& address = addresses_[name];
  refill(address, now);
  if (connections_ >= most_ || handshakes_ >= kHandshakes) return false;
  if (address.connections >= kConnectionsOfAddress) return false;
  if (address.handshakes >= kHandshakesOfAddress || address.may_come < 1) return false;
  address.may_come -= 1;
  ++address.connections;
  ++address.handshakes;
  ++connections_;
  ++handshakes_;
  return true;
}

void Caps::let_in(const std::string& name) {
  --addresses_[name].handshakes;
  --handshakes_;
}

void Caps::leave(const std::string& name, bool was_let_in) {
  if (!was_let_in) let_in(name);
  --addresses_[name].connections;
  --connections_;
}

void Caps::tick(Time now) {
  for (auto& [name, address] : addresses_) refill(address, now);
  std::erase_if(addresses_, [](const auto& entry) {
    return entry.second.connections == 0 && entry.second.may_come >= kNewAtOnce;
  });
}

}  // namespace flow::relay
