#pragma once

#include <set>
#include <span>
#include <string>
#include <string_view>

namespace schemas {

/// "a, b or c", for hints.
std::string listed(std::span<const std::string_view> words);

/// "a; b; and 3 more": at most so many of the texts.
std::string first_few(std::span<const std::string> texts, std::size_t most,
                      std::string_view between = "; ");

/// A client's text for an error text: cut, in quotes, and what is not printable ASCII as '?'.
std::string quoted(const std::string& text);

/// ASCII alone: a category and an identifier have no other letters.
bool is_letter_or_digit(char c);
std::string lower(std::string_view text);

/// The words of `text` in lower case: runs of ASCII letters and digits.
std::set<std::string> words_of(std::string_view text);

}  // namespace schemas
