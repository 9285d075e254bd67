#pragma once

#include <cstdint>
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

/// Processes that the key of a stage may run at once, unless it is told.
inline constexpr std::uint32_t kDefaultWorkers = 1;
inline constexpr std::uint32_t kMaxWorkers = 64;
inline constexpr std::size_t kMaxStagesOfKey = 64;

/// One allowed key. A value.
struct Peer {
  std::string key;  ///< the public key, 40 characters of Z85
  PeerRole role = PeerRole::client;
  std::string name;                         ///< for a client: the principal
  std::vector<std::string> stages = {};     ///< of a stage's key: what it may join as
  std::uint32_t workers = kDefaultWorkers;  ///< so many of these at once, under this name
};

/// The allow-list of CURVE keys: a text file with one peer per line.
///
///     KEY client NAME
///     KEY admin NAME
///     KEY stage=trainer,sampler workers=4 NAME
///
/// A line of an older version, "KEY stage NAME", names no stage: its key joins as none until
/// `souvenir keys allow` has said which. While a key is rotated its name has two lines, the older
/// one first. Used by one thread.
class Peers {
 public:
  /// A missing file allows nobody. Throws executor::Error(bad_config) when the file is invalid.
  explicit Peers(const std::filesystem::path& file);

  /// Reads the file again when it has changed, and says so. An invalid file allows nobody.
  bool refresh();
  const Peer* find(const std::string& key) const;
  const std::vector<Peer>& all() const { return peers_; }

  /// Allows a key. The key of a stage under the name that it has gets the new stages and workers.
  /// Throws executor::Error: bad_input for an invalid key, name or stage, exists for a repeated
  /// key or name.
  void add(Peer peer);
  /// Allows another key for what `name` is, beside its present one. Throws executor::Error:
  /// not_found, or exists while a former rotation is not finished.
  void rotate(const std::string& name, const std::string& key);
  /// Ends a rotation: the older key is allowed no more. Throws executor::Error(not_found).
  void finish(const std::string& name);
  /// Removes the peer with that name or key. Throws executor::Error(not_found).
  void remove(const std::string& name_or_key);

 private:
  std::vector<Peer*> named(const std::string& name);
  void write();

  PrivateFile file_;
  std::vector<Peer> peers_;
};

}  // namespace flow::access
