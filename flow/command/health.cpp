#include "flow/command/health.h"

#include <cmath>
#include <cstdio>

namespace flow::command {

std::optional<double> kept_of(const schemas::Health& health) {
  if (!(health.before > health.just)) return {};
  return (health.before - health.now) / (health.before - health.just);
}

std::string health_line(const schemas::Health& health, const std::string& remedy) {
  char losses[128];
  std::snprintf(losses, sizeof losses, ": loss %.4f, %.4f when it was learned, %.4f before",
                health.now, health.just, health.before);
  const std::string line = health.identifier + " " + health.category + losses;
  const auto kept = kept_of(health);
  if (!kept) return "health: " + line + ": it was not learned";
  const auto share = ": " + std::to_string(std::lround(*kept * 100)) + " % kept";
  if (*kept >= kLeastKept) return "health: " + line + share;
  return "warning: " + line + share + "; " + remedy;
}

Json health_json(const std::vector<schemas::Health>& things) {
  Json all = Json::array();
  for (const auto& thing : things) {
    const auto kept = kept_of(thing);
    all.push_back({{"identifier", thing.identifier},
                   {"category", thing.category},
                   {"before", thing.before},
                   {"just", thing.just},
                   {"now", thing.now},
                   {"kept", kept ? Json(*kept) : Json()}});
  }
  return all;
}

}  // namespace flow::command
