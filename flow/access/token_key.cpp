#include "flow/access/token_key.h"

#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

#include <optional>

#include "executor/error.h"
#include "executor/trusted_file.h"

namespace flow::access {
namespace {

constexpr std::size_t kLeastSecretBytes = 32;
constexpr int kLeastRsaBits = 2048;
constexpr std::size_t kEs256Half = 32;  // bytes of r, of s
constexpr std::size_t kSha256Bytes = 32;

const unsigned char* bytes_of(std::string_view text) {
  return reinterpret_cast<const unsigned char*>(text.data());
}

std::string read_secret(const std::filesystem::path& file) {
  std::string secret = executor::read_secret_file(file);
  if (secret.size() >= kLeastSecretBytes) return secret;
  throw executor::Error(
      "bad_config",
      file.string() + " is too short for HS256: " + std::to_string(secret.size()) + " bytes",
      "use at least 32 random bytes: head -c 32 /dev/urandom");
}

bool fits(const std::string& algorithm, EVP_PKEY* key) {
  if (algorithm == "RS256") {
    return EVP_PKEY_is_a(key, "RSA") == 1 && EVP_PKEY_get_bits(key) >= kLeastRsaBits;
  }
  if (algorithm == "EdDSA") return EVP_PKEY_is_a(key, "ED25519") == 1;
  char group[32] = {};
  std::size_t length = 0;
  return EVP_PKEY_is_a(key, "EC") == 1 &&
         EVP_PKEY_get_group_name(key, group, sizeof group, &length) == 1 &&
         std::string_view(group, length) == "prime256v1";
}

EVP_PKEY* read_public(const TokenSettings& settings) {
  const std::string pem = executor::read_trusted_file(settings.key);
  BIO* memory = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  EVP_PKEY* key = PEM_read_bio_PUBKEY(memory, nullptr, nullptr, nullptr);
  BIO_free(memory);
  if (key != nullptr && fits(settings.algorithm, key)) return key;
  EVP_PKEY_free(key);
  throw executor::Error("bad_config",
                        settings.key.string() + " is not a public key for " + settings.algorithm,
                        "use a PEM file: RSA of at least 2048 bits, EC P-256, or Ed25519");
}

// JOSE writes r and s one after the other, OpenSSL takes them as DER.
std::optional<std::string> der_of(std::string_view signature) {
  if (signature.size() != 2 * kEs256Half) return std::nullopt;
  ECDSA_SIG* pair = ECDSA_SIG_new();
  const int half = static_cast<int>(kEs256Half);
  ECDSA_SIG_set0(pair, BN_bin2bn(bytes_of(signature), half, nullptr),
                 BN_bin2bn(bytes_of(signature.substr(kEs256Half)), half, nullptr));
  unsigned char* der = nullptr;
  const int size = i2d_ECDSA_SIG(pair, &der);
  ECDSA_SIG_free(pair);
  if (size <= 0) return std::nullopt;
  const std::string text(reinterpret_cast<char*>(der), static_cast<std::size_t>(size));
  OPENSSL_free(der);
  return text;
}

}  // namespace

bool is_algorithm(const std::string& text) {
  return text == "HS256" || text == "RS256" || text == "ES256" || text == "EdDSA";
}

TokenKey::TokenKey(const TokenSettings& settings) : settings_(settings) {
  if (settings.algorithm == "HS256") {
    secret_ = read_secret(settings.key);
  } else {
    key_.reset(read_public(settings));
  }
}

bool TokenKey::verifies(std::string_view signed_text, std::string_view signature) const {
  if (settings_.algorithm == "HS256") return verifies_secret(signed_text, signature);
  if (settings_.algorithm != "ES256") return verifies_public(signed_text, std::string(signature));
  const auto der = der_of(signature);
  return der && verifies_public(signed_text, *der);
}

bool TokenKey::verifies_secret(std::string_view signed_text, std::string_view signature) const {
  unsigned char expected[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret_.data(), static_cast<int>(secret_.size()), bytes_of(signed_text),
       signed_text.size(), expected, &size);
  return size == kSha256Bytes && signature.size() == size &&
         CRYPTO_memcmp(expected, signature.data(), size) == 0;
}

bool TokenKey::verifies_public(std::string_view signed_text, const std::string& signature) const {
  const EVP_MD* digest = settings_.algorithm == "EdDSA" ? nullptr : EVP_sha256();
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  const bool good = EVP_DigestVerifyInit(context, nullptr, digest, nullptr, key_.get()) == 1 &&
                    EVP_DigestVerify(context, bytes_of(signature), signature.size(),
                                     bytes_of(signed_text), signed_text.size()) == 1;
  EVP_MD_CTX_free(context);
  return good;
}

}  // namespace flow::access
