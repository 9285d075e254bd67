#include "sampler/prior_shares.h"

#include <algorithm>
#include <cmath>
#include <iterator>
#include <string>
#include <utility>

#include "sampler/forgetting_of.h"
#include "schemas/strategies.h"

namespace sampler {
namespace {

using schemas::PriorShares;

double prior_slots(const schemas::TrainSettings& settings) {
  return static_cast<double>(*settings.max_train_steps * *settings.train_batch_size *
                             settings.gradient_accumulation_steps);
}

// A part `general` of the slots for the first words of a job, not more of them than slots.
std::vector<Share> with_words(std::vector<Share> shares, const schemas::TrainSettings& settings,
                              double general) {
  const auto slots = static_cast<std::size_t>(std::ceil(prior_slots(settings) * general));
  const auto count = std::min(slots, settings.general.size());
  const auto first = settings.general.begin();
  return with_general(std::move(shares), {first, first + static_cast<std::ptrdiff_t>(count)},
                      general);
}

std::vector<Share> shares_by(const schemas::Strategy& strategy,
                             const schemas::TrainSettings& settings,
                             const std::filesystem::path& home) {
  std::vector<std::string> earlier;
  if (strategy.replays) {
    for (const auto& thing : settings.replay) earlier.push_back(thing.category);
  }
  switch (strategy.shares) {
    case PriorShares::none: return {};
    case PriorShares::big: return big_allocation(settings.category, earlier);
    case PriorShares::adaptive:
      return adaptive_allocation(settings.category, earlier, forgetting_of(home, settings));
    case PriorShares::whole_files:
      return prototype_allocation(settings.category, earlier, *settings.max_train_steps);
  }
  return {};
}

bool is_general(const std::string& category, const schemas::TrainSettings& settings) {
  const auto& words = settings.general;
  return std::find(words.begin(), words.end(), category) != words.end();
}

}  // namespace

std::vector<Share> prior_shares(const schemas::TrainSettings& settings, double general,
                                const std::filesystem::path& home) {
  const auto& strategy = *schemas::find_strategy(settings.strategy);
  if (strategy.shares == PriorShares::none || settings.prior_loss_weight == 0) return {};
  auto shares = schemas::is_retraining(settings)
                    ? equal_allocation(schemas::other_categories(settings))
                    : shares_by(strategy, settings, home);
  if (!strategy.general_words) return shares;
  return with_words(std::move(shares), settings, general);
}

std::int64_t row_of(const Share& share, const schemas::TrainSettings& settings) {
  if (share.thing) return schemas::kFirstReplayRow + static_cast<std::int64_t>(*share.thing);
  if (share.category == settings.category) return schemas::kCategoryRow;
  const auto prompts = schemas::prompts_of(settings);
  const auto first = schemas::kFirstReplayRow + std::ssize(settings.replay);
  return std::find(prompts.begin() + first, prompts.end(), "a " + share.category) - prompts.begin();
}

schemas::TrainSettings for_category(schemas::TrainSettings settings, const Share& share) {
  const double slots = prior_slots(settings);
  if (is_general(share.category, settings)) {
    settings.num_class_images = std::min(*settings.num_class_images, kMostOfGeneralWord);
  }
  settings.category = share.category;
  settings.category_prompt = "a " + share.category;
  settings.num_class_images = std::clamp(static_cast<std::int64_t>(std::ceil(slots * share.share)),
                                         std::int64_t{1}, *settings.num_class_images);
  return settings;
}

}  // namespace sampler
