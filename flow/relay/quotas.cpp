#include "flow/relay/quotas.h"

#include <algorithm>

namespace flow::relay {

bool Quotas::has_room(Owner owner, std::uint64_t of_connection, std::uint64_t more) const {
  return of_connection + more <= kSpareBytes || ahead(owner) + more <= of(owner);
}

void Quotas::remove(Owner owner, std::uint64_t bytes) {
  const auto found = ahead_.find(owner);
  if (found == ahead_.end()) return;
  found->second -= std::min(found->second, bytes);
  if (found->second == 0) ahead_.erase(found);
}

std::uint64_t Quotas::ahead(Owner owner) const {
  const auto found = ahead_.find(owner);
  return found == ahead_.end() ? 0 : found->second;
}

}  // namespace flow::relay
