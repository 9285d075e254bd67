#pragma once

#include <cstddef>
#include <filesystem>

namespace diffusion {

/// The number of tokens in CLIP's vocabulary, which every published Stable Diffusion 1 and 2 uses.
inline constexpr std::size_t kClipVocabulary = 49408;

/// Writes CLIP's tokenizer with the files of the published folders: vocab.json, merges.txt,
/// tokenizer_config.json and special_tokens_map.json. `pad_token` is "<|endoftext|>" in Stable
/// Diffusion 1 and "!" in 2. The folder must exist. Throws Error when the disk refuses. The merges
/// are those of openai/CLIP (`bpe_simple_vocab_16e6.txt`, MIT licence), in clip_merges.txt.
void write_clip_tokenizer(const std::filesystem::path& folder, int model_max_length,
                          const char* pad_token);

}  // namespace diffusion
