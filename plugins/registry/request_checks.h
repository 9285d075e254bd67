#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "executor/error.h"
#include "executor/require_valid.h"
#include "schemas/codec_error.h"
#include "schemas/message.h"
#include "schemas/words.h"

namespace registry {

/// Throws Error(bad_input) naming the option, its value and the range unless least <= value <=
/// most.
void require_range(const std::string& option, std::int64_t value, std::int64_t least,
                   std::int64_t most);
/// The same for a real number; one that is not finite is refused.
void require_range(const std::string& option, double value, double least, double most);

/// Throws Error(bad_input) when there is a fault.
void require_none(const std::optional<schemas::OptionFault>& fault);

using executor::require_valid;
using schemas::quoted;

/// The body of a client's request. Throws Error(bad_input) on what is not one.
template <typename T>
T read_request(const schemas::Message& message) {
  try {
    return message.as<T>();
  } catch (const schemas::CodecError& error) {
    throw executor::Error("bad_input", error.what(), "see the fields of " + message.type);
  }
}

}  // namespace registry
