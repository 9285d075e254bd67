#pragma once

#include <optional>
#include <string>
#include <vector>

#include "flow/access/principal.h"
#include "flow/access/private_file.h"

namespace flow::access {

/// What the holder of an allowed key may be.
enum class PeerRole { stage, client, admin };

std::string name_of(PeerRole role);
std::optional<PeerRole> role_named(const std::string& name);

/// One allowed key. A value.
struct Peer {
  std::string key;  ///< the public key, 40 characters of Z85
  PeerRole role = PeerRole::client;
  std::string name;  ///< for a client: the principal
};

/// The allow-list of CURVE keys: a text file with one peer per line, "KEY ROLE NAME". Used by one
/// thread.
class Peers {
 public:
  /// A missing file allows nobody. Throws executor::Error(bad_config) when the file is invalid.
  explicit Peers(const std::filesystem::path& file);

  /// Reads the file again when it has changed. An invalid file allows nobody.
  void refresh();
  const Peer* find(const std::string& key) const;
  const std::vector<Peer>& all() const { return peers_; }

  /// Throws executor::Error: bad_input for an invalid key or name, exists for a repeated one.
  void add(Peer peer);
  /// Removes the peer with that name or key. Throws executor::Error(not_found).
  void remove(const std::string& name_or_key);

 private:
  void write();

  PrivateFile file_;
  std::vector<Peer> peers_;
};

}  // namespace flow::access
