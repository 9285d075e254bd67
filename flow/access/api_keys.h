#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "flow/access/principal.h"
#include "flow/access/private_file.h"

namespace flow::access {

/// What is kept of an API key: not the key. A value.
struct ApiKey {
  std::string hash;   ///< SHA-256 of the key, in hexadecimal
  std::string owner;  ///< the principal
  std::vector<std::string> scopes;
  std::int64_t created_s = 0;  ///< Unix time
  std::int64_t expires_s = 0;  ///< Unix time, 0 = never
  bool imported = false;       ///< made elsewhere

  /// The first 12 digits of the hash: names the key without telling it.
  std::string id() const { return hash.substr(0, 12); }
};

/// API keys: "sv_" and 32 random bytes, shown once and kept as a hash (random bytes need no slow
/// one) in a JSON file. Used by one thread. A change is made in the file as it is at that time,
/// which another process may have changed; Error(bad_config), and it stays, when it is wrong.
class ApiKeys {
 public:
  /// Throws executor::Error(bad_config) when the file is wrong.
  explicit ApiKeys(const std::filesystem::path& file);

  /// Reads the file again when it has changed; one that is wrong knows no key.
  void refresh();
  std::vector<ApiKey> all() const;

  /// Makes a key; returns its text. Throws executor::Error(bad_input) for an owner or scope that is
  /// none.
  std::string make(const std::string& owner, const std::vector<std::string>& scopes,
                   std::int64_t now_s, std::int64_t expires_s);
  /// Takes in keys that were made elsewhere, with the scope "user": each any text of 32 to 256
  /// characters without spaces. Those of the former call are revoked. Throws executor::Error
  /// (bad_input) and changes nothing when one is none.
  void replace_imported(const std::vector<std::string>& keys, const std::string& owner,
                        std::int64_t now_s);
  /// Throws executor::Error(not_found).
  void revoke(const std::string& id);

  /// Who a key stands for. Compares hashes in constant time; an unknown key costs the same work.
  /// Throws executor::Error(unauthenticated).
  Principal verify(std::string_view key, std::int64_t now_s) const;

 private:
  void read();
  void write();

  PrivateFile file_;
  std::map<std::string, ApiKey> keys_;  // by id
};

}  // namespace flow::access
