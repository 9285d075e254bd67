#include "schemas/request_faults.h"

#include <algorithm>
#include <cmath>
#include <initializer_list>
#include <sstream>
#include <vector>

#include "schemas/nearest.h"
#include "schemas/request_limits.h"
#include "schemas/targets.h"
#include "schemas/utf8.h"
#include "schemas/words.h"

namespace schemas {
namespace {

using Fault = std::optional<OptionFault>;

// The first that is one.
Fault first(std::initializer_list<Fault> faults) {
  for (const auto& fault : faults) {
    if (fault) return fault;
  }
  return {};
}

template <typename Number>
std::string shown(Number value) {
  std::ostringstream text;
  text << value;
  return text.str();
}

template <typename Number>
Fault outside(const std::string& option, std::optional<Number> value, Number least, Number most) {
  if (!value) return {};
  if (std::isfinite(static_cast<double>(*value)) && *value >= least && *value <= most) return {};
  return OptionFault{option + " is " + shown(*value),
                     "give " + option + " from " + shown(least) + " to " + shown(most)};
}

Fault in_side(const std::string& option, std::optional<std::int64_t> side) {
  if (auto fault = outside(option, side, kMinSide, kMaxSide)) return fault;
  if (!side || *side % kSideStep == 0) return {};
  return OptionFault{option + " is " + std::to_string(*side),
                     "give a multiple of " + std::to_string(kSideStep)};
}

Fault in_target(const std::string& target) {
  constexpr std::size_t kLongest = 32;  // what is longer is near to no name
  static const std::vector<std::string> known = {kPrivate, kPrivateMeta, kMeta, kPretrained};
  if (std::find(known.begin(), known.end(), target) != known.end()) return {};
  return OptionFault{"there is no target_model " + quoted(target) +
                         did_you_mean(target.substr(0, kLongest), known),
                     "use private (a model of one thing), private_meta (your metamodel), meta "
                     "(that of all) or pretrained (the base model)"};
}

Fault in_metamodel(const std::string& target) {
  if (auto fault = in_target(target)) return fault;
  if (is_metamodel(target)) return {};
  return OptionFault{"target_model '" + target + "' is no metamodel", "use private_meta or meta"};
}

Fault in_identifier(const std::optional<std::string>& word, const std::string& category) {
  const std::string hint = "give a rare word such as 'sks', or none: one is chosen then";
  if (!word) return {};
  if (!has_identifier_form(*word)) {
    return OptionFault{"the identifier " + quoted(*word) + " is not " +
                           std::to_string(kMinIdentifierBytes) + " to " +
                           std::to_string(kMaxIdentifierBytes) + " small letters and digits",
                       hint};
  }
  if (!words_of(category).contains(*word)) return {};
  return OptionFault{"the identifier " + quoted(*word) + " is a word of the category", hint};
}

// Of a thing that there is already.
Fault in_known_identifier(const std::string& word) {
  if (has_identifier_form(word)) return {};
  return OptionFault{"no thing has the identifier " + quoted(word),
                     "identifiers are small letters and digits; 'identifiers' lists yours"};
}

Fault in_class_images(const TrainOptions& options) {
  if (options.num_class_images != 0 || options.prior_loss_weight <= 0) return {};
  return OptionFault{"num_class_images is 0, but prior_loss_weight is not",
                     "give prior_loss_weight 0 to train without category pictures"};
}

Fault in_draw_scheduler(const std::string& name) {
  const auto& known = kDrawSchedulers;
  if (name.empty() || std::find(known.begin(), known.end(), name) != known.end()) return {};
  return OptionFault{"scheduler is " + quoted(name), "choose one of " + listed(known)};
}

Fault in_pretrained(const Generate& request) {
  if (request.target_model != kPretrained || request.identifier.empty()) return {};
  return OptionFault{"target_model 'pretrained' knows no identifier",
                     "leave out 'identifier', or 'target_model'"};
}

template <typename Request>
Fault in_reset(const Request& request) {
  if (auto fault = fault_in_trained(request.target_model)) return fault;
  return request.target_model == kPrivate ? in_known_identifier(request.identifier) : Fault();
}

template <typename Request>
Fault in_retraining(const Request& request) {
  TrainOptions options;
  options.max_train_steps = request.max_train_steps;
  return first({in_metamodel(request.target_model), fault_in(options)});
}

}  // namespace

Fault fault_in_trained(const std::string& target) {
  if (auto fault = in_target(target)) return fault;
  if (target != kPretrained) return {};
  return OptionFault{"target_model 'pretrained' is never trained",
                     "it can only be used to generate; train private, private_meta or meta"};
}

bool has_identifier_form(const std::string& word) {
  return word.size() >= kMinIdentifierBytes && word.size() <= kMaxIdentifierBytes &&
         std::all_of(word.begin(), word.end(),
                     [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
}

Fault fault_in_prompt(const std::string& option, const std::string& prompt) {
  if (prompt.size() > kMaxPromptBytes) {
    return OptionFault{option + " has " + std::to_string(prompt.size()) + " bytes",
                       "the longest has " + std::to_string(kMaxPromptBytes) +
                           "; the text encoder reads about 75 words"};
  }
  if (is_utf8(prompt)) return {};
  return OptionFault{option + " is not UTF-8", "send text as UTF-8"};
}

Fault fault_in_category(const std::string& category) {
  const std::string hint = "give a common noun such as 'dog': letters, digits, space, '_' and '-'";
  if (category.empty()) return OptionFault{"category is empty", hint};
  if (category.size() > kMaxCategoryBytes) {
    return OptionFault{"category has " + std::to_string(category.size()) + " bytes, at most " +
                           std::to_string(kMaxCategoryBytes) + " are taken",
                       hint};
  }
  const bool allowed = std::all_of(category.begin(), category.end(), [](char c) {
    return is_letter_or_digit(c) || c == ' ' || c == '_' || c == '-';
  });
  // The text itself is not repeated: it may hold control characters.
  if (!allowed) return OptionFault{"category has a character that is not allowed", hint};
  if (is_letter_or_digit(category.front()) && is_letter_or_digit(category.back())) return {};
  return OptionFault{"category '" + category + "' does not begin and end with a letter or digit",
                     hint};
}

Fault fault_in(const Finetune& request) {
  return first({fault_in_trained(request.target_model), fault_in_category(request.category),
                fault_in(request.options()), in_class_images(request),
                in_identifier(request.identifier, request.category)});
}

Fault fault_in(const Generate& request) {
  if (request.prompt.empty()) {
    return OptionFault{"prompt is empty", "say what to draw: 'a dog on the beach'"};
  }
  using Count = std::optional<std::int64_t>;
  return first(
      {fault_in_prompt("prompt", request.prompt),
       fault_in_prompt("negative_prompt", request.negative_prompt),
       outside("num_images", Count(request.num_images), std::int64_t{1}, kMaxImages),
       outside("num_inference_steps", request.num_inference_steps, std::int64_t{1},
               kMaxInferenceSteps),
       outside("guidance_scale", request.guidance_scale, 0.0, kMaxGuidanceScale),
       in_draw_scheduler(request.scheduler), in_side("width", request.width),
       in_side("height", request.height),
       request.target_model.empty() ? Fault() : in_target(request.target_model),
       request.identifier.empty() ? Fault() : in_known_identifier(lower(request.identifier)),
       in_pretrained(request)});
}

Fault fault_in(const Identifiers& request) {
  return request.target_model.empty() ? Fault() : in_target(request.target_model);
}

Fault fault_in(const Forget& request) {
  if (!request.target_model.empty()) {
    if (auto fault = fault_in_trained(request.target_model)) return fault;
  }
  return in_known_identifier(request.identifier);
}

Fault fault_in(const Suggest& request) {
  using Count = std::optional<std::int64_t>;
  return first({request.category.empty() ? Fault() : fault_in_category(request.category),
                outside("count", Count(request.count), std::int64_t{1}, kMaxSuggestions)});
}

Fault fault_in(const Models& request) {
  return request.target_model.empty() ? Fault() : in_metamodel(request.target_model);
}

Fault fault_in(const Rollback& request) {
  return in_metamodel(request.target_model);
}

Fault fault_in(const RollbackOwn& request) {
  return in_metamodel(request.target_model);
}

Fault fault_in(const ResetModel& request) {
  return in_reset(request);
}

Fault fault_in(const ResetOwn& request) {
  return in_reset(request);
}

Fault fault_in(const Retrain& request) {
  return in_retraining(request);
}

Fault fault_in(const RetrainOwn& request) {
  return in_retraining(request);
}

}  // namespace schemas
