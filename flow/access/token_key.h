#pragma once

#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>

#include "flow/access/settings.h"

namespace flow::access {

/// A key that verifies the signatures of tokens with the one algorithm that the configuration names
/// (RFC 7518 section 3, RFC 8037). The algorithm that a token claims is never used.
class TokenKey {
 public:
  /// Throws executor::Error(bad_config) for a missing file, a key that does not fit the algorithm,
  /// RSA below 2048 bits, a curve other than P-256, and a secret that is shorter than 32 bytes or
  /// readable by others.
  explicit TokenKey(const TokenSettings& settings);

  const TokenSettings& settings() const { return settings_; }
  bool verifies(std::string_view signed_text, std::string_view signature) const;

 private:
  bool verifies_secret(std::string_view signed_text, std::string_view signature) const;
  bool verifies_public(std::string_view signed_text, const std::string& signature) const;

  struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  };
  TokenSettings settings_;
  std::string secret_;                   // for HS256
  std::unique_ptr<EVP_PKEY, Free> key_;  // for the other algorithms
};

/// Whether TokenKey supports the algorithm.
bool is_algorithm(const std::string& text);

}  // namespace flow::access
