#pragma once

#include <cstddef>
#include <nlohmann/json.hpp>
#include <optional>
#include <string_view>

namespace flow::access {

inline constexpr int kMaxJsonDepth = 16;

/// One JSON object (RFC 8259) in which no object names a key twice and nothing is nested deeper
/// than kMaxJsonDepth; else nothing. For text from outside.
std::optional<nlohmann::json> parse_object(std::string_view text);

}  // namespace flow::access
