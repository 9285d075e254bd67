#pragma once

#include <string>
#include <string_view>

#include "schemas/words.h"

namespace registry {

using schemas::is_letter_or_digit;
using schemas::lower;
using schemas::words_of;

/// Whether `word` (lower case) stands in `prompt` as a whole word, in upper or lower case: the
/// tokenizer does not tell them apart. Bytes of letters beyond ASCII belong to a word.
bool has_word(std::string_view prompt, std::string_view word);

/// `prompt` with `category` after every `identifier` that it does not follow already (in singular
/// or plural): "a sks on the moon" -> "a sks dog on the moon". What was trained is the two
/// together.
std::string with_category(const std::string& prompt, const std::string& identifier,
                          const std::string& category);

/// `text` with every `from` replaced by `to`.
std::string replaced(std::string text, std::string_view from, std::string_view to);

}  // namespace registry
