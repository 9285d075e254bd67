#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

namespace flow::access {

inline constexpr std::size_t kMaxJsonDepth = 16;

/// Parses one JSON object (RFC 8259) from an untrusted source. Returns nothing when an object
/// repeats a key, when the nesting is deeper than kMaxJsonDepth, and past files::JsonLimits.
std::optional<nlohmann::json> parse_object(std::string_view text);

}  // namespace flow::access
