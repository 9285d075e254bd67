#pragma once

#include <string_view>

namespace schemas {

/// Whether `text` is well-formed UTF-8 (RFC 3629: no overlong forms, no surrogates). By hand: every
/// plugin links schemas, which needs msgpack alone; utf8proc would be its second library.
bool is_utf8(std::string_view text);

}  // namespace schemas
