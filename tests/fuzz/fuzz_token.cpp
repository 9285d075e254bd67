#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <array>
#include <cstdlib>

#include "executor/error.h"
#include "flow/access/base64url.h"
#include "flow/access/tokens.h"
#include "tests/fuzz/file_in_memory.h"

namespace {

using namespace flow::access;

const std::string kSecret(32, 's');

const Tokens& tokens() {
  static const fuzz::MemoryFile secret(kSecret);
  static const Tokens made({{"", "HS256", secret.path(), "issuer", "audience"}});
  return made;
}

bool accepts(std::string_view token) {
  try {
    return !tokens().verify(token, 1'800'000'000).name.empty();
  } catch (const executor::Error&) {
    return false;
  }
}

std::string sign(const std::string& text) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
  unsigned count = 0;
  HMAC(EVP_sha256(), kSecret.data(), static_cast<int>(kSecret.size()),
       reinterpret_cast<const unsigned char*>(text.data()), text.size(), bytes.data(), &count);
  return to_base64url({reinterpret_cast<const char*>(bytes.data()), count});
}

}  // namespace

// As a token from a stranger, which is never accepted; and, cut at the first line break, as the
// header and the claims of one that is signed with the right key.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (accepts(text)) std::abort();
  const auto end = text.find('\n');
  if (end == text.npos) return 0;
  const auto body = to_base64url(text.substr(0, end)) + "." + to_base64url(text.substr(end + 1));
  const bool complete = text.find("exp") != text.npos && text.find("issuer") != text.npos &&
                        text.find("audience") != text.npos;
  if (accepts(body + "." + sign(body)) && !complete) std::abort();
  return 0;
}
