#pragma once

#include <string>
#include <string_view>

namespace files {

/// HMAC-SHA-256 (RFC 2104) by OpenSSL, in 64 hexadecimal digits. Throws Error when OpenSSL refuses.
std::string hmac_sha256(std::string_view key, std::string_view text);

/// Whether both are equal. How long it takes says nothing about where they differ.
bool equal_in_constant_time(std::string_view a, std::string_view b);

}  // namespace files
