#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace diffusion {

/// Normalises a text as CLIP's tokenizer does before it splits words: NFC, one space for each run
/// of white space, lower case (character by character, as in the `tokenizers` library). Invalid
/// UTF-8 becomes U+FFFD; the result is valid UTF-8.
std::string normalize_clip_text(std::string_view text);

/// The words of a normalised text, as views into it, split by CLIP's expression
/// `<|startoftext|>|<|endoftext|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+` and,
/// within each match, by GPT-2's expression (which splits the two special words).
std::vector<std::string_view> split_clip_words(std::string_view normalized);

}  // namespace diffusion
