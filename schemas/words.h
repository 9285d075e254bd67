#pragma once

#include <span>
#include <string>
#include <string_view>

namespace schemas {

/// "a, b or c", for hints.
std::string listed(std::span<const std::string_view> words);

/// A client's text for an error text: cut, in quotes, and what is not printable ASCII as '?'.
std::string quoted(const std::string& text);

}  // namespace schemas
