#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "flow/access/principal.h"
#include "flow/access/token_key.h"

namespace flow::access {

inline constexpr std::size_t kMaxTokenBytes = 8 * 1024;
inline constexpr std::int64_t kClockSkew_s = 60;
inline constexpr std::int64_t kMaxTokenLifetime_s = 24 * 60 * 60;

/// Verifies signed tokens (JWT, RFC 7519, as RFC 8725 advises). Several keys, told apart by `kid`,
/// may be valid at once, so that keys can be rotated.
/// By hand: cpp-jwt accepts JSON that has one key twice.
class Tokens {
 public:
  /// Throws executor::Error(bad_config) for a key that cannot be used, and for a repeated kid.
  explicit Tokens(const std::vector<TokenSettings>& settings);

  bool none() const { return keys_.empty(); }
  /// The principal that the token names, without scopes. `now_s` is Unix time. Requires exp, iss,
  /// aud and sub. Throws executor::Error(unauthenticated) whose cause never repeats the token's
  /// content.
  Principal verify(std::string_view token, std::int64_t now_s) const;

 private:
  const TokenKey& key_named(const std::string& kid) const;

  std::vector<TokenKey> keys_;
};

}  // namespace flow::access
