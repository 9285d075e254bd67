#include "flow/command/retention_lines.h"

#include <cmath>
#include <cstdio>

namespace flow::command {

std::optional<double> kept_of(const schemas::RetentionLosses& retention) {
  if (!(retention.before > retention.just)) return {};
  return (retention.before - retention.now) / (retention.before - retention.just);
}

std::string retention_line(const schemas::RetentionLosses& retention, const std::string& remedy) {
  char losses[128];
  std::snprintf(losses, sizeof losses, ": loss %.4f, %.4f when it was learned, %.4f before",
                retention.now, retention.just, retention.before);
  const std::string line = retention.identifier + " " + retention.category + losses;
  const auto kept = kept_of(retention);
  if (!kept) return "retention: " + line + ": it was not learned";
  const auto share = ": " + std::to_string(std::lround(*kept * 100)) + " % kept";
  if (*kept >= kLeastKept) return "retention: " + line + share;
  return "warning: " + line + share + "; " + remedy;
}

Json retention_json(const std::vector<schemas::RetentionLosses>& things) {
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
