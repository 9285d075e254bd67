#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "flow/access/principal.h"
#include "flow/access/token_key.h"

namespace flow::access {

inline constexpr std::size_t kMaxTokenBytes = 8 * 1024;
inline constexpr std::int64_t kClockSkew_s = 60;
inline constexpr std::int64_t kMaxTokenLifetime_s = 24 * 60 * 60;

/// Verifies signed tokens (JWT, RFC 7519, as RFC 8725 advises). Several keys, told apart by `kid`,
/// may be valid at once, so that keys can be rotated; those in a folder without a restart.
/// By hand: cpp-jwt accepts JSON that has one key twice.
class Tokens {
 public:
  /// Throws executor::Error(bad_config) for a key that cannot be used, and for a repeated kid.
  explicit Tokens(const std::vector<TokenSettings>& settings);

  /// Whether the settings name no key at all.
  bool none() const { return sources_.empty(); }
  /// Reads the keys of a folder again when one was put in, replaced or taken out, and says so. A
  /// file that is no key is left out.
  bool refresh();
  bool has_key(const std::string& kid) const;
  /// The principal that the token names, without scopes. `now_s` is Unix time. Requires exp, iss,
  /// aud and sub. Throws executor::Error(unauthenticated) whose cause never repeats the token's
  /// content.
  Principal verify(std::string_view token, std::int64_t now_s) const;

 private:
  using Stamp = std::pair<std::filesystem::path, std::filesystem::file_time_type>;
  struct Source {
    TokenSettings settings;
    bool is_folder;
  };

  const TokenKey& key_named(const std::string& kid) const;
  void add(const TokenSettings& settings);
  void read_all(bool is_start);
  bool is_in_folder(const TokenKey& key) const;
  std::vector<Stamp> stamps() const;

  std::vector<Source> sources_;
  std::vector<TokenKey> keys_;
  std::vector<Stamp> read_at_;  // of the files of all folders
};

}  // namespace flow::access
