#include "schemas/strategies.h"

#include <catch2/catch.hpp>
#include <set>

TEST_CASE("a hint lists every strategy") {
  CHECK(schemas::list_of_strategies() ==
        "general, interpolation, big, adaptive, distillation, prototype, dreambooth or plain");
  CHECK(schemas::strategy_names().size() == 8);
  CHECK(schemas::kDefaultStrategy == "general");
}

TEST_CASE("each strategy is one row, found by its name") {
  std::set<std::string_view> names;
  for (const auto& strategy : schemas::kStrategies) {
    CHECK(names.insert(strategy.name).second);
    CHECK(schemas::find_strategy(strategy.name) == &strategy);
    CHECK_FALSE(strategy.help.empty());
  }
  CHECK(schemas::find_strategy("") == nullptr);
  CHECK(schemas::find_strategy("bigg") == nullptr);
}

TEST_CASE("general is big with words, averages and interpolation; plain does nothing") {
  const auto& general = *schemas::find_strategy("general");
  CHECK(general.shares == schemas::PriorShares::big);
  CHECK((general.replays && general.general_words && general.averages && general.interpolates));
  CHECK_FALSE(general.distils);
  const auto& plain = *schemas::find_strategy("plain");
  CHECK(plain.shares == schemas::PriorShares::none);
  CHECK_FALSE((plain.replays || plain.distils || plain.general_words || plain.averages ||
               plain.interpolates));
}
