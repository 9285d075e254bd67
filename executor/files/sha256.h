#pragma once

#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;  // OpenSSL's EVP_MD_CTX

namespace files {

/// SHA-256 (FIPS 180-4) by OpenSSL, which uses the processor's own instructions. Fed piece by
/// piece; a copy goes on by itself. Every function throws Error when OpenSSL refuses, or after
/// finish().
class Sha256 {
 public:
  Sha256();
  Sha256(const Sha256& other);
  Sha256& operator=(Sha256 other);

  void add(std::string_view bytes);
  /// The digest in 64 hexadecimal digits.
  std::string finish();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* state) const;
  };
  std::unique_ptr<evp_md_ctx_st, Free> state_;
};

/// The digest of bytes that are there as a whole.
std::string sha256_of(std::string_view bytes);

}  // namespace files
