#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace files {

/// How much JSON is read of what others wrote. A tokenizer.json of Stable Diffusion has 2 to 4 MiB
/// and 200,000 values; what is within these limits takes at most 64 MiB of memory.
struct JsonLimits {
  std::size_t bytes = 5 * 1024 * 1024;
  std::size_t values = 300'000;  ///< texts, numbers, lists, objects, ...; keys count with theirs
  std::size_t levels = 64;       ///< of lists and objects within one another
};

/// Why reading JSON ended after so many bytes of `text`: "line 2, column 7: the text ends, but ':'
/// was expected".
std::string json_fault(std::string_view text, std::size_t byte,
                       const nlohmann::detail::exception& error);

/// What a value is that is not what was asked for: "a key 'name' is missing", "the value must be a
/// text, but is a number".
std::string wrong_type(const nlohmann::detail::exception& error);

/// Throws Error that says why `text` is no JSON within the limits. Builds nothing: what breaks a
/// limit costs no memory but that of one text.
void check_json(std::string_view text, const JsonLimits& limits = {});

/// The value, checked before it is built. Throws Error.
nlohmann::json parse_json(std::string_view text, const JsonLimits& limits = {});

}  // namespace files
