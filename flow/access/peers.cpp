#include "flow/access/peers.h"

#include <algorithm>
#include <sstream>

#include "executor/curve_keys.h"
#include "executor/error.h"
#include "flow/access/peer_line.h"

namespace flow::access {
namespace {

using executor::Error;

constexpr const char* kRoles[] = {"stage", "client", "admin"};

std::vector<Peer> read_peers(PrivateFile& file) {
  std::vector<Peer> peers;
  std::istringstream lines(file.read());
  try {
    for (std::string line; std::getline(lines, line);) {
      if (!line.empty()) peers.push_back(read_peer(line));
    }
  } catch (const Error& error) {
    throw Error(error.code(), file.path().string() + ": " + error.what(), error.hint());
  }
  return peers;
}

void check(const Peer& peer) {
  if (!executor::is_curve_key(peer.key)) {
    throw Error("bad_input", "'" + peer.key + "' is not a public key",
                "40 characters, as printed by souvenir keys make");
  }
  if (!is_principal_name(peer.name)) throw Error("bad_input", "a key needs a name", kPeerForm);
  if (peer.role == PeerRole::stage) return check_stages(peer);
  if (peer.stages.empty()) return;
  throw Error("bad_input", "only the key of a stage names stages", "leave out --role");
}

}  // namespace

std::string name_of(PeerRole role) {
  return kRoles[static_cast<int>(role)];
}

std::optional<PeerRole> role_named(const std::string& name) {
  const auto found = std::find(std::begin(kRoles), std::end(kRoles), name);
  if (found == std::end(kRoles)) return std::nullopt;
  return static_cast<PeerRole>(found - std::begin(kRoles));
}

Peers::Peers(const std::filesystem::path& file) : file_(file), peers_(read_peers(file_)) {}

bool Peers::refresh() {
  if (!file_.changed()) return false;
  peers_.clear();
  try {
    peers_ = read_peers(file_);
  } catch (const Error&) {
    peers_.clear();
  }
  return true;
}

const Peer* Peers::find(const std::string& key) const {
  const auto found =
      std::find_if(peers_.begin(), peers_.end(), [&](const Peer& peer) { return peer.key == key; });
  return found == peers_.end() ? nullptr : &*found;
}

std::vector<Peer*> Peers::named(const std::string& name) {
  std::vector<Peer*> found;
  for (auto& peer : peers_) {
    if (peer.name == canonical_name(name)) found.push_back(&peer);
  }
  return found;
}

void Peers::add(Peer peer) {
  check(peer);
  peer.name = canonical_name(peer.name);
  const PrivateFile::Lock lock(file_);
  peers_ = read_peers(file_);
  bool is_known = false;
  for (auto& other : peers_) {
    if (other.key != peer.key && other.name != peer.name) continue;
    const bool again = other.key == peer.key && other.name == peer.name;
    if (!again || other.role != PeerRole::stage || peer.role != PeerRole::stage) {
      throw Error("exists", "'" + other.name + "' is already allowed",
                  "choose another name, or revoke that one first");
    }
    other = peer;
    is_known = true;
  }
  if (!is_known) peers_.push_back(std::move(peer));
  write();
}

void Peers::rotate(const std::string& name, const std::string& key) {
  const PrivateFile::Lock lock(file_);
  peers_ = read_peers(file_);
  const auto keys = named(name);
  if (keys.empty()) throw Error("not_found", "no key of '" + name + "' is allowed", kListKeys);
  if (keys.size() > 1) {
    throw Error("exists", "'" + name + "' has two keys already: a rotation is under way",
                "souvenir keys rotate '" + name + "' --finish, when the new one is in use");
  }
  Peer next = *keys.front();
  next.key = key;
  check(next);
  peers_.push_back(std::move(next));
  write();
}

void Peers::finish(const std::string& name) {
  const PrivateFile::Lock lock(file_);
  peers_ = read_peers(file_);
  const auto keys = named(name);
  if (keys.size() < 2) {
    throw Error("not_found", "no key of '" + name + "' is being rotated", kListKeys);
  }
  const std::string latest = keys.back()->key;
  std::erase_if(peers_, [&](const Peer& peer) {
    return peer.name == canonical_name(name) && peer.key != latest;
  });
  write();
}

void Peers::remove(const std::string& name_or_key) {
  const PrivateFile::Lock lock(file_);
  peers_ = read_peers(file_);
  const auto gone = std::erase_if(peers_, [&](const Peer& peer) {
    return peer.name == canonical_name(name_or_key) || peer.key == name_or_key;
  });
  if (gone == 0) throw Error("not_found", "no key of '" + name_or_key + "' is allowed", kListKeys);
  write();
}

void Peers::write() {
  std::string text;
  for (const auto& peer : peers_) text += line_of(peer) + '\n';
  file_.write(text);
}

}  // namespace flow::access
