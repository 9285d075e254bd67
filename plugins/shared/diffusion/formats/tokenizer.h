#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string_view>
#include <vector>

namespace diffusion {

/// The longest text that a Tokenizer accepts. It refuses a longer text instead of cutting it.
inline constexpr std::size_t kMaxTextBytes = 16 * 1024;

/// The CLIP tokenizer. Its ids equal those of transformers (`tokenization_clip.py`, and the
/// pipeline of the `tokenizers` library that transformers 5 runs): NFC, single spaces, lower case,
/// split by the CLIP expression (each digit is a word), byte-level BPE with `</w>` at the end of a
/// word.
///
/// Reads both layouts of a tokenizer folder: `vocab.json` with `merges.txt`, or only
/// `tokenizer.json`. `tokenizer_config.json` and `special_tokens_map.json` give the length and the
/// special tokens (the map wins, as in transformers). BOS, EOS and UNK in a text are read as those
/// tokens; a padding token that is a common word (`!` in Stable Diffusion 2) stays a word.
/// Immutable: several threads may use one. By hand: tokenizers-cpp would add Rust.
class Tokenizer {
 public:
  /// Throws Error when a file is missing, broken, or contradicts another.
  explicit Tokenizer(const std::filesystem::path& folder);
  ~Tokenizer();
  Tokenizer(Tokenizer&&) noexcept;
  Tokenizer& operator=(Tokenizer&&) noexcept;
  Tokenizer(const Tokenizer&) = delete;
  Tokenizer& operator=(const Tokenizer&) = delete;

  /// BOS, the tokens of `text`, EOS and padding: exactly model_max_length() ids. Cuts the end of a
  /// text that does not fit, but keeps EOS. Reads invalid UTF-8 as U+FFFD. Throws Error when `text`
  /// is longer than kMaxTextBytes.
  std::vector<std::int32_t> encode(std::string_view text) const;

  /// Only the tokens of `text`: no BOS, no EOS, no padding, not cut.
  std::vector<std::int32_t> tokens(std::string_view text) const;

  /// The ids per prompt, including BOS and EOS: `model_max_length` of the folder.
  int model_max_length() const;
  std::int32_t bos_id() const;
  std::int32_t eos_id() const;
  std::int32_t pad_id() const;
  /// One more than the largest id.
  std::int32_t vocabulary_size() const;

 private:
  struct Rules;
  std::unique_ptr<const Rules> rules_;
};

}  // namespace diffusion
