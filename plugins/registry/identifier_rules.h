#pragma once

#include <cstddef>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "diffusion/formats/tokenizer.h"
#include "registry/caption_words.h"

namespace registry {

inline constexpr std::size_t kMaxIdentifierTokens = 2;

/// Which words may call a thing on one base model: whole words [a-z0-9]{2,16} of at most
/// kMaxIdentifierTokens tokens that no caption of the model contains. Immutable.
class IdentifierRules {
 public:
  /// Reads the tokenizer, categories.json and identifiers.txt of the model's folder. Throws
  /// Error(bad_config).
  explicit IdentifierRules(const std::filesystem::path& model_folder);

  /// Why `word` is no identifier of a `category`, or nothing.
  std::optional<std::string> objection(const std::string& word, const std::string& category) const;

  /// Words that keep the rules, best first: those of identifiers.txt when the model folder has it,
  /// else rare words that are known.
  const std::vector<std::string>& candidates() const { return candidates_; }
  const Captions& captions() const { return captions_; }

 private:
  diffusion::Tokenizer tokenizer_;
  Captions captions_;
  std::vector<std::string> candidates_;
};

}  // namespace registry
