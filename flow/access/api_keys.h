#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "flow/access/principal.h"
#include "flow/access/private_file.h"

namespace flow::access {

/// What is kept of an API key: everything but the key itself. A value.
struct ApiKey {
  std::string hash;   ///< SHA-256 of the key, in hexadecimal
  std::string owner;  ///< the principal
  std::vector<std::string> scopes;
  std::int64_t created_s = 0;  ///< Unix time
  std::int64_t expires_s = 0;  ///< Unix time, 0 = never
  bool imported = false;       ///< made elsewhere

  /// The first 12 digits of the hash: names the key without revealing it.
  std::string id() const { return hash.substr(0, 12); }
};

/// API keys: "sv_" and 32 random bytes. A key is shown once and kept as a hash in a JSON file
/// (random bytes need no slow hash). Used by one thread. Each change reads the file first, because
/// another process may have changed it. An invalid file is left as it is: Error(bad_config).
class ApiKeys {
 public:
  /// Throws executor::Error(bad_config) when the file is invalid.
  explicit ApiKeys(const std::filesystem::path& file);

  /// Reads the file again when it has changed, and says so. An invalid file contains no keys.
  bool refresh();
  std::vector<ApiKey> all() const;

  /// Makes a key and returns its text. Throws executor::Error(bad_input) for an invalid owner or
  /// scope.
  std::string make(const std::string& owner, const std::vector<std::string>& scopes,
                   std::int64_t now_s, std::int64_t expires_s);
  /// Imports keys that were made elsewhere, with the scope "user". Each is a text of 32 to 256
  /// characters without spaces. Revokes the keys of the former call. Throws
  /// executor::Error(bad_input), and changes nothing, when one of them is invalid.
  void replace_imported(const std::vector<std::string>& keys, const std::string& owner,
                        std::int64_t now_s);
  /// Throws executor::Error(not_found).
  void revoke(const std::string& id);

  /// The principal of a key. Compares hashes in constant time; an unknown key costs the same work.
  /// Throws executor::Error(unauthenticated).
  Principal verify(std::string_view key, std::int64_t now_s) const;
  /// Whether this is a key that make() made: 256 random bits, which nobody guesses.
  bool is_made_here(std::string_view key) const;
  /// The key with this id; nullptr when there is none.
  const ApiKey* find(const std::string& id) const;

 private:
  void read();
  void write();

  PrivateFile file_;
  std::map<std::string, ApiKey> keys_;  // by id
};

}  // namespace flow::access
