#pragma once

#include <string>

namespace schemas {

/// Ends the text of a CodecError about a field or protocol that this side does not know: names the
/// version that read the message, because its sender may be newer.
std::string version_note();

}  // namespace schemas
