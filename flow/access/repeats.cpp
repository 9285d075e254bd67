#include "flow/access/repeats.h"

#include <algorithm>

namespace flow::access {
namespace {

// "request" of "request /generate".
std::string kind_of(const std::string& what) {
  return what.substr(0, what.find(' '));
}

}  // namespace

Repeats::Peer* Repeats::peer_of(const AuditEntry& entry) {
  const Name name{entry.link, entry.who, entry.credential};
  const auto found = peers_.find(name);
  if (found != peers_.end()) return &found->second;
  return peers_.size() < kMaxPeers ? &peers_[name] : nullptr;
}

void Repeats::count(Peer& peer, AuditEntry entry) {
  entry.what = kind_of(entry.what) + " ...";
  if (!entry.refused.empty()) entry.refused = "several reasons";
  auto& seen = peer.seen[{entry.what, entry.refused}];
  seen.entry = std::move(entry);
  ++seen.more;
}

bool Repeats::is_new(const AuditEntry& entry) {
  Peer* peer = peer_of(entry);
  if (peer == nullptr) {
    AuditEntry other = entry;
    other.who.clear();
    other.credential = "others";
    count(others_, std::move(other));
    return false;
  }
  const auto found = peer->seen.find({entry.what, entry.refused});
  if (found != peer->seen.end()) {
    ++found->second.more;
    return false;
  }
  if (peer->allowance == 0 || entries_ >= kMaxEntries) {
    count(*peer, entry);
    return false;
  }
  --peer->allowance;
  ++entries_;
  peer->seen[{entry.what, entry.refused}].entry = entry;
  return true;
}

std::vector<AuditEntry> Repeats::due(std::int64_t now_ms) {
  if (now_ms >= began_ms_ && now_ms - began_ms_ < kInterval_ms) return {};
  return end(now_ms);
}

std::vector<AuditEntry> Repeats::end(std::int64_t now_ms) {
  std::vector<AuditEntry> counted;
  const auto take = [&](Peer& peer) {
    for (auto& [key, seen] : peer.seen) {
      if (seen.more == 0) continue;
      seen.entry.at_ms = now_ms;
      seen.entry.times = seen.more;
      counted.push_back(std::move(seen.entry));
    }
    peer.seen.clear();
  };
  take(others_);
  std::erase_if(peers_, [](const auto& named) {
    return named.second.seen.empty() && named.second.allowance == kBurst;
  });
  for (auto& [name, peer] : peers_) {
    take(peer);
    peer.allowance = std::min(kBurst, peer.allowance + kRefill);
  }
  entries_ = 0;
  began_ms_ = now_ms;
  return counted;
}

}  // namespace flow::access
