#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

/// How a metamodel keeps what it has learned, chosen in the flow file (parameter `strategy` of the
/// sampler) or for one job; the names are the wire's. Each strategy is a row of kStrategies, and
/// whoever does part of it asks the row.
namespace schemas {

/// How the prior rows of a batch are shared out among categories and things: sampler/allocation.h.
enum class PriorShares {
  none,         ///< no prior rows
  big,          ///< the BIG allocation
  adaptive,     ///< BIG, with more for what the losses say is slipping
  whole_files,  ///< BIG in whole files, as the prototype cut it
};

struct Strategy {
  std::string_view name;
  PriorShares shares;
  bool replays;        ///< shows the pictures of earlier things again
  bool distils;        ///< prior rows learn what the base predicts of known pictures: nothing is
                       ///< drawn (trainer/teacher.h)
  bool general_words;  ///< a part of the prior rows shows words that nothing is taught of
  bool averages;       ///< a metamodel gets the average of its weights along the training
  bool interpolates;   ///< the version is a mean of the weights before and after
                       ///< (trainer/mixture.h)
  std::string_view help;
};

/// In the order of tables.
inline constexpr std::array kStrategies = {
    //        name             shares          replays distils words  averages interpolates
    // clang-format off
    Strategy{"general",       PriorShares::big,         true,  false, true,  true,  true,
             "interpolation, with words that nothing is taught of, and averaged weights"},
    Strategy{"interpolation", PriorShares::big,         true,  false, false, false, true,
             "big, then a mean of the weights before and after"},
    Strategy{"big",           PriorShares::big,         true,  false, false, false, false,
             "half of the prior rows for the own category, half for all others"},
    Strategy{"adaptive",      PriorShares::adaptive,    true,  false, false, false, false,
             "big, with more of the things whose loss has risen"},
    Strategy{"distillation",  PriorShares::big,         true,  true,  false, false, false,
             "big, but what the base predicts of known pictures in the place of drawn ones"},
    Strategy{"prototype",     PriorShares::whole_files, true,  false, false, false, false,
             "big in whole files: what gets less than one is not shown"},
    Strategy{"dreambooth",    PriorShares::big,         false, false, false, false, false,
             "drawn pictures of the own category alone"},
    Strategy{"plain",         PriorShares::none,        false, false, false, false, false,
             "no prior rows"},
    // clang-format on
};

/// Their names, in the same order.
inline constexpr auto kStrategyNames = [] {
  std::array<std::string_view, kStrategies.size()> names;
  for (std::size_t i = 0; i < names.size(); ++i) names[i] = kStrategies[i].name;
  return names;
}();

/// What the sampler takes when neither the request nor the flow file names one.
inline constexpr std::string_view kDefaultStrategy = kStrategies.front().name;

/// The row of that name; null when there is none.
const Strategy* find_strategy(std::string_view name);

/// Their names, to look for the nearest.
std::vector<std::string> strategy_names();

/// "general, interpolation, ... or plain", for hints.
std::string list_of_strategies();

/// kStrategies as a Markdown table: that of wire.md.
std::string strategies_table();

}  // namespace schemas
