#pragma once

#include "schemas/codec.h"

namespace schemas {

/// As parse(), with the tree in memory of `zone`; texts that `refers` accepts stay in `bytes`.
msgpack::object parse_into(msgpack::zone& zone, std::string_view bytes,
                           msgpack::unpack_reference_func refers = nullptr);

}  // namespace schemas
