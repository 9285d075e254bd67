#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "executor/error.h"
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

/// Throws Error(bad_input) naming the option, its value and the list unless `value` is in `known`.
void require_one_of(const std::string& option, const std::string& value,
                    const std::vector<std::string>& known);

/// Throws Error(bad_input) when `prompt` is longer than kMaxPromptBytes or no UTF-8.
void require_prompt(const std::string& option, const std::string& prompt);

/// Throws Error(bad_input) unless `category` is a noun of letters, digits, space, `_` and `-`, at
/// most kMaxCategoryBytes long, that begins and ends with a letter or digit.
void require_category(const std::string& category);

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
