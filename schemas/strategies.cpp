#include "schemas/strategies.h"

#include <algorithm>

#include "schemas/words.h"

namespace schemas {
namespace {

std::string_view name_of(PriorShares shares) {
  switch (shares) {
    case PriorShares::none: return "none";
    case PriorShares::big: return "BIG";
    case PriorShares::adaptive: return "BIG, adapted";
    case PriorShares::whole_files: return "BIG in whole files";
  }
  return "";
}

}  // namespace

const Strategy* find_strategy(std::string_view name) {
  const auto* found = std::find_if(kStrategies.begin(), kStrategies.end(),
                                   [&](const Strategy& strategy) { return strategy.name == name; });
  return found == kStrategies.end() ? nullptr : found;
}

std::vector<std::string> strategy_names() {
  return {kStrategyNames.begin(), kStrategyNames.end()};
}

std::string list_of_strategies() {
  return listed(kStrategyNames);
}

std::string strategies_table() {
  std::string table =
      "| strategy | prior rows | replays | distils | general words | averages | interpolates | "
      "what it is |\n|---|---|---|---|---|---|---|---|\n";
  for (const auto& row : kStrategies) {
    table += "| `" + std::string(row.name) + "` | " + std::string(name_of(row.shares));
    for (const bool does :
         {row.replays, row.distils, row.general_words, row.averages, row.interpolates}) {
      table += does ? " | yes" : " | no";
    }
    table += " | " + std::string(row.help) + " |\n";
  }
  return table;
}

}  // namespace schemas
