#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

namespace flow::access {

inline constexpr int kMaxJsonDepth = 16;

/// Parses one JSON object (RFC 8259) from an untrusted source. Returns nothing when an object
/// repeats a key or the nesting is deeper than kMaxJsonDepth.
std::optional<nlohmann::json> parse_object(std::string_view text);

}  // namespace flow::access
