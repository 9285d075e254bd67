#include "executor/files/sha256.h"

#include <openssl/evp.h>

#include <array>
#include <utility>

#include "executor/files/file_error.h"

namespace files {
namespace {

constexpr std::size_t kDigestBytes = 32;

void require(bool done) {
  if (!done)
    throw Error("no SHA-256: OpenSSL has none or no memory, or the digest was given before");
}

}  // namespace

void Sha256::Free::operator()(evp_md_ctx_st* state) const {
  EVP_MD_CTX_free(state);
}

Sha256::Sha256() : state_(EVP_MD_CTX_new()) {
  require(state_ && EVP_DigestInit_ex(state_.get(), EVP_sha256(), nullptr) == 1);
}

Sha256::Sha256(const Sha256& other) : state_(EVP_MD_CTX_new()) {
  require(state_ && other.state_ && EVP_MD_CTX_copy_ex(state_.get(), other.state_.get()) == 1);
}

Sha256& Sha256::operator=(Sha256 other) {
  state_.swap(other.state_);
  return *this;
}

void Sha256::add(std::string_view bytes) {
  require(state_ && EVP_DigestUpdate(state_.get(), bytes.data(), bytes.size()) == 1);
}

std::string Sha256::finish() {
  const auto state = std::move(state_);
  std::array<unsigned char, kDigestBytes> digest{};
  require(state && EVP_DigestFinal_ex(state.get(), digest.data(), nullptr) == 1);
  std::string digits;
  for (const unsigned char byte : digest) {
    digits += "0123456789abcdef"[byte >> 4];
    digits += "0123456789abcdef"[byte & 15];
  }
  return digits;
}

std::string sha256_of(std::string_view bytes) {
  Sha256 hash;
  hash.add(bytes);
  return hash.finish();
}

}  // namespace files
