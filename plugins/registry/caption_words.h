#pragma once

#include <filesystem>
#include <set>
#include <string>
#include <vector>

namespace registry {

/// What is known of the captions that a base model was trained with.
struct Captions {
  std::set<std::string> words;          ///< lower case
  std::vector<std::string> categories;  ///< empty when the model does not say
};

/// From `categories.json` in the model's folder (category -> names, words joined by '-'), and the
/// words that every caption is made of. Throws Error(bad_config) when the file is broken.
Captions read_captions(const std::filesystem::path& model_folder);

/// Why training on `category` may disappoint, or an empty text: the base model has not seen it.
std::string warning_about(const std::string& category, const Captions& captions);

}  // namespace registry
