#include "registry/draw_request.h"

#include <set>
#include <utility>

#include "executor/error.h"
#include "registry/prompt_words.h"
#include "registry/request_checks.h"
#include "registry/target_checks.h"
#include "registry/train_request.h"

namespace registry {
namespace {

using Things = std::vector<const Booking*>;

// The model that draws, and the things that the prompt is about.
struct Choice {
  std::string target = kPretrained;
  Things things = {};
};

std::vector<std::string> targets_of(const schemas::Generate& request) {
  if (!request.target_model.empty()) return {request.target_model};
  return {kPrivate, kPrivateMeta, kMeta};
}

Things named_in(const schemas::Generate& request, const std::string& target,
                const std::vector<Booking>& bookings) {
  const std::string word = lower(request.identifier);
  Things found;
  for (const auto& booking : bookings) {
    const auto& plan = booking.settings;
    const bool named =
        word.empty() ? has_word(request.prompt, plan.identifier) : plan.identifier == word;
    if (named && plan.target_model == target) found.push_back(&booking);
  }
  return found;
}

[[noreturn]] void refuse_several(const std::set<std::string>& identifiers) {
  std::string names;
  for (const auto& identifier : identifiers) names += " '" + identifier + "'";
  throw executor::Error("bad_input", "the prompt names several identifiers:" + names,
                        "a private model knows one thing: name one, give 'identifier', or use a "
                        "metamodel that has learned them all");
}

Choice choose(const schemas::Generate& request, const std::vector<Booking>& bookings) {
  std::vector<Choice> choices;
  std::set<std::string> named;
  for (const auto& target : targets_of(request)) {
    choices.push_back({target, named_in(request, target, bookings)});
    for (const auto* thing : choices.back().things) named.insert(thing->settings.identifier);
  }
  for (auto& choice : choices) {
    const bool knows_all = !named.empty() && choice.things.size() == named.size();
    if (knows_all && (choice.target != kPrivate || named.size() == 1)) return std::move(choice);
  }
  if (!named.empty()) refuse_several(named);
  if (!request.identifier.empty()) {
    throw executor::Error("not_found", "you have no identifier " + quoted(request.identifier),
                          "'identifiers' lists yours; 'finetune' teaches a new one");
  }
  if (request.target_model == kPrivate) {
    throw executor::Error("not_found", "the prompt names no identifier of yours",
                          "write one into the prompt ('a sks dog') or give 'identifier'; "
                          "'identifiers' lists yours");
  }
  return {request.target_model.empty() ? kPretrained : request.target_model};
}

void require_published(const Booking& booking) {
  if (booking.published) return;
  throw executor::Error("unavailable",
                        "the identifier '" + booking.settings.identifier + "' is still in training",
                        "wait for job " + booking.job + " to end");
}

void require_there(const Booking& booking, const std::set<std::string>& lost) {
  const auto& plan = booking.settings;
  if (!lost.contains(plan.version)) return;
  throw executor::Error("unavailable",
                        "version " + plan.version + " of " + plan.target_model +
                            ", which learned '" + plan.identifier + "', is damaged on the disk",
                        "put its files back and start the server again; or teach the model "
                        "something else, with which it is shown this again; or take it back "
                        "('models rollback') and teach it again");
}

void put_model(schemas::DrawSettings& settings, const Choice& choice, const Drawable& drawable) {
  settings.target_model = choice.target;
  settings.version = kPretrained;
  if (choice.target == kPrivateMeta) settings.version = drawable.private_meta;
  if (choice.target == kMeta) settings.version = drawable.meta;
  for (const auto* thing : choice.things) {
    require_published(*thing);
    require_there(*thing, drawable.lost);
    const auto& plan = thing->settings;
    if (choice.target == kPrivate) settings.version = plan.version;
    settings.identifier += (settings.identifier.empty() ? "" : " ") + plan.identifier;
    settings.category += (settings.category.empty() ? "" : " ") + plan.category;
    settings.prompt = with_category(settings.prompt, plan.identifier, plan.category);
  }
}

}  // namespace

schemas::DrawSettings resolve(const schemas::Generate& request, const Drawable& drawable,
                              const Defaults& defaults) {
  require_valid(request);
  schemas::DrawSettings settings;
  settings.prompt = request.prompt;
  settings.negative_prompt = request.negative_prompt;
  const bool pretrained = request.target_model == kPretrained;
  put_model(settings, pretrained ? Choice{} : choose(request, drawable.bookings), drawable);
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
