#include "registry/general_words.h"

#include <algorithm>
#include <sstream>

#include "executor/error.h"
#include "registry/prompt_words.h"
#include "registry/word_list.h"
#include "schemas/request_faults.h"
#include "schemas/strategies.h"

namespace registry {
namespace {

constexpr const char* kFile = "general_words.txt";

bool is_category(const std::string& word) {
  return !schemas::fault_in_category(word);
}

bool is_taught(const std::string& word, const schemas::TrainSettings& settings) {
  if (lower(settings.category) == lower(word)) return true;
  return std::any_of(settings.replay.begin(), settings.replay.end(),
                     [&](const auto& thing) { return lower(thing.category) == lower(word); });
}

}  // namespace

std::vector<std::string> read_general_words(const std::filesystem::path& model_folder) {
  const auto list = model_folder / kFile;
  if (!std::filesystem::exists(list)) return {kCommonNouns.begin(), kCommonNouns.end()};
  std::istringstream file(read_list(list));
  std::vector<std::string> words;
  for (std::string line; std::getline(file, line);) {
    const bool twice = std::find(words.begin(), words.end(), line) != words.end();
    if (!twice && is_category(line)) words.push_back(line);
  }
  if (!words.empty()) return words;
  throw executor::Error("bad_config", list.string() + " has no word",
                        "write one common noun a line, or remove the file");
}

std::vector<std::string> general_words_for(const schemas::TrainSettings& settings,
                                           const std::vector<std::string>& words) {
  std::vector<std::string> chosen;
  const auto* strategy = schemas::find_strategy(settings.strategy);
  if (strategy != nullptr && !strategy->general_words) return chosen;
  const auto begin = kMostGeneralWords * settings.replay.size();
  for (std::size_t i = 0; i < words.size() && chosen.size() < kMostGeneralWords; ++i) {
    const auto& word = words[(begin + i) % words.size()];
    if (!is_taught(word, settings)) chosen.push_back(word);
  }
  return chosen;
}

}  // namespace registry
