#include "registry/draw_request.h"

#include <algorithm>

#include "diffusion/scheduler_config.h"
#include "executor/error.h"
#include "registry/limits.h"
#include "registry/prompt_words.h"
#include "registry/request_checks.h"
#include "registry/targets.h"
#include "registry/train_request.h"

namespace registry {
namespace {

void check_side(const std::string& option, std::optional<std::int64_t> side) {
  if (!side) return;
  require_range(option, *side, kMinSide, kMaxSide);
  if (*side % kSideStep != 0) {
    throw executor::Error("bad_input", option + " is " + std::to_string(*side),
                          "give a multiple of " + std::to_string(kSideStep));
  }
}

void check(const schemas::Generate& request) {
  if (request.prompt.empty()) {
    throw executor::Error("bad_input", "prompt is empty", "say what to draw: 'a dog on the beach'");
  }
  require_prompt("prompt", request.prompt);
  require_prompt("negative_prompt", request.negative_prompt);
  require_range("num_images", request.num_images, std::int64_t{1}, kMaxImages);
  if (request.num_inference_steps) {
    require_range("num_inference_steps", *request.num_inference_steps, std::int64_t{1},
                  kMaxInferenceSteps);
  }
  if (request.guidance_scale) {
    require_range("guidance_scale", *request.guidance_scale, 0.0, kMaxGuidanceScale);
  }
  // Whether it fits the model is seen by the generator.
  if (!request.scheduler.empty()) {
    require_one_of("scheduler", request.scheduler, diffusion::scheduler_names());
  }
  check_side("width", request.width);
  check_side("height", request.height);
  if (!request.target_model.empty()) require_drawable(request.target_model);
}

const Booking& find(const std::string& identifier, const std::vector<Booking>& bookings) {
  const std::string word = lower(identifier);
  for (const auto& booking : bookings) {
    if (booking.settings.identifier == word) return booking;
  }
  throw executor::Error("not_found", "you have no identifier " + quoted(identifier),
                        "'identifiers' lists yours; 'finetune' teaches a new one");
}

std::vector<const Booking*> named_in(const std::string& prompt,
                                     const std::vector<Booking>& bookings) {
  std::vector<const Booking*> found;
  for (const auto& booking : bookings) {
    if (has_word(prompt, booking.settings.identifier)) found.push_back(&booking);
  }
  return found;
}

// The owner's thing that the prompt is about, or null.
const Booking* choose(const schemas::Generate& request, const std::vector<Booking>& bookings) {
  if (!request.identifier.empty()) return &find(request.identifier, bookings);
  const auto named = named_in(request.prompt, bookings);
  if (named.size() > 1) {
    std::string names;
    for (const auto* booking : named) names += " '" + booking->settings.identifier + "'";
    throw executor::Error("bad_input", "the prompt names several identifiers:" + names,
                          "a private model knows one thing: name one, or give 'identifier'");
  }
  if (!named.empty()) return named.front();
  if (request.target_model == kPrivate) {
    throw executor::Error("not_found", "the prompt names no identifier of yours",
                          "write one into the prompt ('a sks dog') or give 'identifier'; "
                          "'identifiers' lists yours");
  }
  return nullptr;
}

void draw_private(schemas::DrawSettings& settings, const Booking& booking) {
  const auto& plan = booking.settings;
  if (!booking.published) {
    throw executor::Error("unavailable",
                          "the identifier '" + plan.identifier + "' is still in training",
                          "wait for job " + booking.job + " to end");
  }
  settings.version = plan.version;
  settings.target_model = plan.target_model;
  settings.identifier = plan.identifier;
  settings.category = plan.category;
  settings.prompt = with_category(settings.prompt, plan.identifier, plan.category);
}

}  // namespace

schemas::DrawSettings resolve(const schemas::Generate& request,
                              const std::vector<Booking>& bookings, const Defaults& defaults) {
  check(request);
  schemas::DrawSettings settings;
  settings.version = kPretrained;
  settings.target_model = kPretrained;
  settings.prompt = request.prompt;
  settings.negative_prompt = request.negative_prompt;
  if (request.target_model == kPretrained) {
    if (!request.identifier.empty()) {
      throw executor::Error("bad_input", "target_model 'pretrained' knows no identifier",
                            "leave out 'identifier', or 'target_model'");
    }
  } else if (const Booking* booking = choose(request, bookings)) {
    draw_private(settings, *booking);
  }
  const std::uint64_t seed = request.seed ? *request.seed : draw_seed();
  for (std::int64_t i = 0; i < request.num_images; ++i) {
    settings.seeds.push_back(seed + static_cast<std::uint64_t>(i));
  }
  settings.num_inference_steps = request.num_inference_steps.value_or(defaults.num_inference_steps);
  settings.guidance_scale = request.guidance_scale.value_or(defaults.guidance_scale);
  settings.scheduler = request.scheduler;
  settings.width = request.width.value_or(0);
  settings.height = request.height.value_or(0);
  settings.grid = request.grid;
  return settings;
}

}  // namespace registry
