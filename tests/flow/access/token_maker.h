#pragma once

#include <openssl/evp.h>

#include <memory>
#include <string>

namespace access_test {

/// Signs tokens as an identity provider would, or as an attacker does. Owns one key.
class TokenMaker {
 public:
  /// `algorithm` as in TokenSettings; `bits` of an RSA key, `group` of an EC key.
  explicit TokenMaker(const std::string& algorithm, unsigned bits = 2048,
                      const std::string& group = "P-256");

  /// What the verifier is given: PEM, or the secret of HS256.
  std::string verifying_key() const;
  /// The signature of a text, as JOSE writes it.
  std::string sign(const std::string& text) const;
  /// HEADER.CLAIMS.SIGNATURE of these JSON texts.
  std::string token(const std::string& header, const std::string& claims) const;

 private:
  struct Free {
    void operator()(EVP_PKEY* key) const { EVP_PKEY_free(key); }
  };
  std::string algorithm_;
  std::string secret_;
  std::shared_ptr<EVP_PKEY> key_;
};

/// HMAC-SHA256 with any secret: what one does who has a public key and takes it for a secret.
std::string hs256(const std::string& secret, const std::string& text);

/// HEADER.CLAIMS, the part that is signed.
std::string unsigned_token(const std::string& header, const std::string& claims);

}  // namespace access_test
