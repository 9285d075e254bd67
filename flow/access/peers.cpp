#include "flow/access/peers.h"

#include <algorithm>
#include <sstream>

#include "executor/curve_keys.h"
#include "executor/error.h"

namespace flow::access {
namespace {

using executor::Error;

constexpr const char* kRoles[] = {"stage", "client", "admin"};
constexpr const char* kForm = "a line is: KEY stage|client|admin NAME";

Peer read_peer(const std::string& line) {
  Peer peer;
  std::string role;
  std::istringstream words(line);
  words >> peer.key >> role >> std::ws;
  std::getline(words, peer.name);
  const auto known = role_named(role);
  if (!executor::is_curve_key(peer.key) || !known || !is_principal_name(peer.name)) {
    throw Error("bad_config", "'" + line.substr(0, 80) + "' is no allowed key", kForm);
  }
  peer.role = *known;
  peer.name = canonical_name(peer.name);
  return peer;
}

std::vector<Peer> read_peers(PrivateFile& file) {
  std::vector<Peer> peers;
  std::istringstream lines(file.read());
  for (std::string line; std::getline(lines, line);) {
    if (!line.empty()) peers.push_back(read_peer(line));
  }
  return peers;
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

void Peers::refresh() {
  if (!file_.changed()) return;
  peers_.clear();
  try {
    peers_ = read_peers(file_);
  } catch (const Error&) {
    peers_.clear();
  }
}

const Peer* Peers::find(const std::string& key) const {
  const auto found =
      std::find_if(peers_.begin(), peers_.end(), [&](const Peer& peer) { return peer.key == key; });
  return found == peers_.end() ? nullptr : &*found;
}

void Peers::add(Peer peer) {
  if (!executor::is_curve_key(peer.key)) {
    throw Error("bad_input", "'" + peer.key + "' is no public key",
                "40 characters, as printed by souvenir keys make");
  }
  if (!is_principal_name(peer.name)) throw Error("bad_input", "a key needs a name", kForm);
  peer.name = canonical_name(peer.name);
  const PrivateFile::Lock lock(file_);
  peers_ = read_peers(file_);
  for (const auto& other : peers_) {
    if (other.key != peer.key && other.name != peer.name) continue;
    throw Error("exists", "'" + other.name + "' is allowed already",
                "take another name, or revoke that one first");
  }
  peers_.push_back(std::move(peer));
  write();
}

void Peers::remove(const std::string& name_or_key) {
  const PrivateFile::Lock lock(file_);
  peers_ = read_peers(file_);
  const auto gone = std::erase_if(peers_, [&](const Peer& peer) {
    return peer.name == canonical_name(name_or_key) || peer.key == name_or_key;
  });
  if (gone == 0)
    throw Error("not_found", "no key of '" + name_or_key + "' is allowed", "souvenir keys list");
  write();
}

void Peers::write() {
  std::string text;
  for (const auto& peer : peers_)
    text += peer.key + ' ' + name_of(peer.role) + ' ' + peer.name + '\n';
  file_.write(text);
}

}  // namespace flow::access
