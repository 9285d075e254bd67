#include "tests/flow/access/token_maker.h"

#include <openssl/ecdsa.h>
#include <openssl/hmac.h>
#include <openssl/pem.h>

#include <vector>

#include "flow/access/base64url.h"

namespace access_test {
namespace {

using flow::access::to_base64url;

// r and s of 32 bytes each, out of DER.
std::string jose_of(const std::string& der) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  ECDSA_SIG* pair = d2i_ECDSA_SIG(nullptr, &bytes, static_cast<long>(der.size()));
  unsigned char halves[64];
  BN_bn2binpad(ECDSA_SIG_get0_r(pair), halves, 32);
  BN_bn2binpad(ECDSA_SIG_get0_s(pair), halves + 32, 32);
  ECDSA_SIG_free(pair);
  return {reinterpret_cast<char*>(halves), sizeof halves};
}

EVP_PKEY* make_key(const std::string& algorithm, unsigned bits, const std::string& group) {
  if (algorithm == "RS256") return EVP_RSA_gen(bits);
  if (algorithm == "ES256") return EVP_EC_gen(group.c_str());
  return EVP_PKEY_Q_keygen(nullptr, nullptr, "ED25519");
}

}  // namespace

TokenMaker::TokenMaker(const std::string& algorithm, unsigned bits, const std::string& group)
    : algorithm_(algorithm), secret_(40, 'k') {
  if (algorithm != "HS256") key_.reset(make_key(algorithm, bits, group), Free());
}

std::string TokenMaker::verifying_key() const {
  if (!key_) return secret_;
  BIO* memory = BIO_new(BIO_s_mem());
  PEM_write_bio_PUBKEY(memory, key_.get());
  char* text = nullptr;
  const long size = BIO_get_mem_data(memory, &text);
  std::string pem(text, static_cast<std::size_t>(size));
  BIO_free(memory);
  return pem;
}

std::string TokenMaker::sign(const std::string& text) const {
  if (!key_) return hs256(secret_, text);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  const EVP_MD* digest = algorithm_ == "EdDSA" ? nullptr : EVP_sha256();
  EVP_DigestSignInit(context, nullptr, digest, nullptr, key_.get());
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t size = 0;
  EVP_DigestSign(context, nullptr, &size, bytes, text.size());
  std::vector<unsigned char> signature(size);
  EVP_DigestSign(context, signature.data(), &size, bytes, text.size());
  EVP_MD_CTX_free(context);
  const std::string raw(signature.begin(), signature.begin() + static_cast<std::ptrdiff_t>(size));
  return algorithm_ == "ES256" ? jose_of(raw) : raw;
}

std::string TokenMaker::token(const std::string& header, const std::string& claims) const {
  const std::string text = unsigned_token(header, claims);
  return text + '.' + to_base64url(sign(text));
}

std::string hs256(const std::string& secret, const std::string& text) {
  unsigned char bytes[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  HMAC(EVP_sha256(), secret.data(), static_cast<int>(secret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), bytes, &size);
  return {reinterpret_cast<char*>(bytes), size};
}

std::string unsigned_token(const std::string& header, const std::string& claims) {
  return to_base64url(header) + '.' + to_base64url(claims);
}

}  // namespace access_test
