#include "registry/identifier_rules.h"

#include <algorithm>
#include <sstream>

#include "executor/error.h"
#include "executor/files/file_error.h"
#include "registry/prompt_words.h"
#include "registry/rare_words.h"
#include "registry/word_list.h"
#include "schemas/request_faults.h"
#include "schemas/request_limits.h"

namespace registry {
namespace {

diffusion::Tokenizer open_tokenizer(const std::filesystem::path& model_folder) {
  try {
    return diffusion::Tokenizer(model_folder / "tokenizer");
  } catch (const files::Error& error) {
    throw executor::Error("bad_config", error.what(),
                          "'model' has to name a Stable Diffusion folder of diffusers");
  }
}

std::vector<std::string> read_words(const std::filesystem::path& model_folder) {
  const auto list = model_folder / "identifiers.txt";
  if (!std::filesystem::exists(list)) return {kRareWords.begin(), kRareWords.end()};
  std::istringstream file(read_list(list));
  std::vector<std::string> words;
  for (std::string word; file >> word;) words.push_back(word);
  return words;
}

}  // namespace

IdentifierRules::IdentifierRules(const std::filesystem::path& model_folder)
    : tokenizer_(open_tokenizer(model_folder)), captions_(read_captions(model_folder)) {
  for (auto& word : read_words(model_folder)) {
    const bool twice = std::find(candidates_.begin(), candidates_.end(), word) != candidates_.end();
    if (!twice && !objection(word, "")) candidates_.push_back(std::move(word));
  }
}

std::optional<std::string> IdentifierRules::objection(const std::string& word,
                                                      const std::string& category) const {
  if (!schemas::has_identifier_form(word)) {
    return "is not " + std::to_string(schemas::kMinIdentifierBytes) + " to " +
           std::to_string(schemas::kMaxIdentifierBytes) + " small letters and digits";
  }
  if (captions_.words.contains(word) || words_of(category).contains(word)) {
    return "is a word that the base model knows already";
  }
  const auto tokens = tokenizer_.tokens(word).size();
  if (tokens > kMaxIdentifierTokens) {
    return "takes " + std::to_string(tokens) + " tokens of the base model, at most " +
           std::to_string(kMaxIdentifierTokens) + " are taken";
  }
  return std::nullopt;
}

}  // namespace registry
