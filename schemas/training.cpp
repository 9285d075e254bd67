#include "schemas/training.h"

#include <algorithm>

#include "schemas/transfer.h"

namespace schemas {

std::vector<std::string> prompts_of(const TrainSettings& settings) {
  std::vector<std::string> prompts = {settings.instance_prompt, settings.category_prompt,
                                      settings.validation_prompt, ""};
  for (const auto& thing : settings.replay) prompts.push_back(thing.prompt);
  for (const auto& category : other_categories(settings)) prompts.push_back("a " + category);
  for (const auto& word : settings.general) prompts.push_back("a " + word);
  return prompts;
}

std::vector<std::string> other_categories(const TrainSettings& settings) {
  std::vector<std::string> categories;
  for (const auto& thing : settings.replay) {
    const bool known =
        std::find(categories.begin(), categories.end(), thing.category) != categories.end();
    if (!known && thing.category != settings.category) categories.push_back(thing.category);
  }
  return categories;
}

std::vector<Capability> capabilities_of(const TrainSettings& settings) {
  auto all = settings.capabilities;
  for (const auto& thing : settings.replay) {
    all.push_back({kReplayFolder, thing.version, kRead, thing.proof});
  }
  return all;
}

}  // namespace schemas
