#pragma once

#include <string>

#include "schemas/codec.h"

namespace schemas {

/// A line of text. The first examples and the transport bench send it.
struct Text {
  static constexpr const char* kType = "text.v1";
  std::string text;
  MSGPACK_DEFINE_MAP(text)
};

}  // namespace schemas
