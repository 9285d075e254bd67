#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace flow::access {

/// Encodes by RFC 4648 section 5, without padding.
std::string to_base64url(std::string_view bytes);

/// Decodes. Each byte string has exactly one text: returns nothing for a character outside the
/// alphabet, for padding, for an impossible length, and for bits set beyond the last byte.
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace flow::access
