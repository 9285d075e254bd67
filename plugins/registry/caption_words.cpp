#include "registry/caption_words.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "executor/error.h"
#include "executor/files/file_error.h"
#include "executor/files/json_file.h"
#include "registry/prompt_words.h"
#include "registry/rare_words.h"
#include "schemas/nearest.h"

namespace registry {

Captions read_captions(const std::filesystem::path& model_folder) {
  Captions captions;
  captions.words.insert(kCaptionWords.begin(), kCaptionWords.end());
  const auto file = model_folder / "categories.json";
  if (!std::filesystem::exists(file)) return captions;
  try {
    const auto json = files::ConfigFile(file).json();
    for (const auto& [category, names] : json.items()) {
      captions.categories.push_back(category);
      captions.words.merge(words_of(category));
      for (const auto& name : names) captions.words.merge(words_of(name.get<std::string>()));
    }
  } catch (const files::Error& error) {
    throw executor::Error("bad_config", error.what());
  } catch (const nlohmann::json::exception&) {
    throw executor::Error("bad_config",
                          file.string() + " is no map from category to a list of names");
  }
  return captions;
}

std::string warning_about(const std::string& category, const Captions& captions) {
  if (captions.categories.empty()) return {};
  const auto words = words_of(category);
  const bool seen = std::all_of(words.begin(), words.end(), [&](const std::string& word) {
    return captions.words.contains(word);
  });
  if (seen) return {};
  return "the base model has not seen the category '" + category + "'" +
         schemas::did_you_mean(lower(category), captions.categories) +
         ": its category pictures will show something else";
}

}  // namespace registry
