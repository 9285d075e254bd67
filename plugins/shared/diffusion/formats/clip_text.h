#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace diffusion {

/// What CLIP's tokenizer does to a text before it looks for words: NFC, every run of white space
/// one space, lower case (character by character, as the `tokenizers` library). Invalid UTF-8
/// becomes U+FFFD; the result is valid UTF-8.
std::string normalize_clip_text(std::string_view text);

/// The words of a normalised text, as views into it: CLIP's expression
/// `<|startoftext|>|<|endoftext|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+`
/// and, within each match, GPT-2's (which takes the two special words apart).
std::vector<std::string_view> split_clip_words(std::string_view normalized);

}  // namespace diffusion
