#pragma once

#include <stdexcept>

namespace schemas {

/// Thrown for bytes that are not the message they claim to be. The text names the field and the
/// cause.
struct CodecError : std::runtime_error {
  using std::runtime_error::runtime_error;
};

}  // namespace schemas
