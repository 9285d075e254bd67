#include "pictures/recipe.h"

#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

namespace pictures {
namespace {

constexpr const char* kProgram = "souvenir " SOUVENIR_VERSION;

std::string quoted(const std::string& value) {
  if (value.find_first_of(",:\"\n\r") == std::string::npos) return value;
  return nlohmann::json(value).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}

// The schedulers' names as other programs write them.
std::string sampler(const std::string& scheduler) {
  constexpr std::pair<const char*, const char*> kNames[] = {
      {"ddim", "DDIM"},
      {"ddim-trailing", "DDIM trailing"},
      {"pndm", "PLMS"},
      {"dpmsolver++", "DPM++ 2M"},
      {"dpmsolver++-karras", "DPM++ 2M Karras"},
      {"euler", "Euler"}};
  for (const auto& [name, theirs] : kNames) {
    if (scheduler == name) return theirs;
  }
  return scheduler;
}

std::string number(double value) {
  char text[32];
  std::snprintf(text, sizeof text, "%g", value);
  return text;
}

}  // namespace

std::string recipe(const schemas::DrawSettings& settings, std::size_t index, std::int64_t width,
                   std::int64_t height) {
  std::string text = settings.prompt + "\n";
  if (!settings.negative_prompt.empty()) {
    text += "Negative prompt: " + settings.negative_prompt + "\n";
  }
  text += "Steps: " + std::to_string(settings.num_inference_steps);
  const auto add = [&text](const char* name, const std::string& value) {
    if (!value.empty()) text += std::string(", ") + name + ": " + quoted(value);
  };
  add("Sampler", sampler(settings.scheduler));
  add("CFG scale", number(settings.guidance_scale));
  if (index < settings.seeds.size()) add("Seed", std::to_string(settings.seeds[index]));
  add("Size", std::to_string(width) + "x" + std::to_string(height));
  add("Model", settings.version);
  add("Identifier", settings.identifier);
  add("Category", settings.category);
  add("Target model", settings.target_model);
  add("Version", kProgram);
  return text;
}

}  // namespace pictures
