#include "registry/train_request.h"

#include <algorithm>
#include <random>

#include "executor/error.h"
#include "registry/prompt_words.h"
#include "registry/request_checks.h"
#include "registry/target_checks.h"
#include "schemas/presets.h"
#include "schemas/request_limits.h"

namespace registry {
namespace {

void check_pictures(std::size_t pictures) {
  using namespace schemas;
  if (pictures >= kMinPictures && pictures <= kMaxPictures) return;
  throw executor::Error("bad_input", "the request has " + std::to_string(pictures) + " pictures",
                        "send " + std::to_string(kMinPictures) + " to " +
                            std::to_string(kMaxPictures) + "; " + std::to_string(kFewPictures) +
                            " to " + std::to_string(kManyPictures) + " work best");
}

// The advised steps so many times.
std::int64_t steps(const Defaults& defaults, std::int64_t factor) {
  return std::min(schemas::kMaxTrainSteps, defaults.training.max_train_steps.value() * factor);
}

void settle_class_images(schemas::TrainOptions& options) {
  if (options.prior_loss_weight == 0) options.num_class_images = 0;
  if (options.num_class_images) return;
  options.num_class_images = std::min(kDefaultClassImages, options.max_train_steps.value());
}

schemas::TrainSettings settled(const schemas::Finetune& request, const Defaults& defaults) {
  schemas::TrainSettings settings;
  settings.options() = request.options();
  settings.category = lower(request.category);  // as CLIP's tokenizer reads it
  settings.target_model = request.target_model;
  settings.base = kPretrained;
  settings.num_inference_steps = defaults.num_inference_steps;
  settings.guidance_scale = defaults.guidance_scale;
  if (!settings.max_train_steps) {
    settings.max_train_steps = steps(defaults, schemas::steps_factor(request.preset));
  }
  if (!settings.seed) settings.seed = draw_seed();
  schemas::take_advice(settings, defaults.training);
  settle_class_images(settings);
  return settings;
}

}  // namespace

schemas::TrainSettings settle(const schemas::Finetune& request, std::size_t pictures,
                              const Defaults& defaults) {
  require_valid(request);
  check_pictures(pictures);
  return settled(request, defaults);
}

schemas::TrainSettings settle(const schemas::Retrain& request, std::size_t things,
                              const Defaults& defaults) {
  require_valid(request);
  schemas::Finetune all;
  all.target_model = request.target_model;
  all.seed = request.seed;
  all.max_train_steps =
      request.max_train_steps.value_or(steps(defaults, static_cast<std::int64_t>(things)));
  return settled(all, defaults);
}

void complete(schemas::TrainSettings& settings, const std::string& identifier,
              const std::string& version) {
  settings.identifier = identifier;
  settings.version = version;
  settings.instance_prompt = "a " + identifier + " " + settings.category;
  settings.category_prompt = "a " + settings.category;
  std::string prompt = replaced(settings.validation_prompt, "{identifier}", identifier);
  prompt = replaced(prompt, "{category}", settings.category);
  settings.validation_prompt = with_category(prompt, identifier, settings.category);
  require_none(schemas::fault_in_prompt("validation_prompt", settings.validation_prompt));
}

std::uint64_t draw_seed() {
  std::random_device random;
  return (std::uint64_t{random()} << 32) | random();
}

}  // namespace registry
