#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace flow::access {

/// RFC 4648 section 5 without padding.
std::string to_base64url(std::string_view bytes);

/// Nothing for a character out of the alphabet, padding, a length that no text has, or bits set
/// beyond the last byte: each byte string has one text.
std::optional<std::string> from_base64url(std::string_view text);

}  // namespace flow::access
