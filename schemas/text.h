#pragma once

#include <string>

#include "schemas/codec.h"

namespace schemas {

/// A line of text: what the first examples and the transport bench send.
struct Text {
  static constexpr const char* kType = "text.v1";
  std::string text;
  MSGPACK_DEFINE_MAP(text)
};

}  // namespace schemas
