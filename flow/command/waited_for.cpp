#include "flow/command/waited_for.h"

#include <algorithm>

namespace flow::command {
namespace {

std::string share_of(const WaitedFor& stage) {
  return std::to_string(stage.absent) + " of " + std::to_string(stage.replicas);
}

}  // namespace

std::vector<WaitedFor> waited_for(const schemas::Status& status) {
  std::vector<WaitedFor> found;
  for (const auto& stage : status.stages) {
    if (stage.state != "absent") continue;
    if (found.empty() || found.back().stage != stage.name) found.push_back({stage.name});
    ++found.back().absent;
    found.back().text = stage.text;
  }
  for (auto& each : found) {
    each.replicas = static_cast<std::size_t>(
        std::count_if(status.stages.begin(), status.stages.end(),
                      [&](const auto& stage) { return stage.name == each.stage; }));
  }
  return found;
}

std::string waiting_text(const std::vector<WaitedFor>& stages) {
  std::string text;
  for (const auto& each : stages) {
    text += (text.empty() ? ", waiting for " : ", ") + each.stage;
    if (each.replicas > 1) text += " (" + share_of(each) + ")";
  }
  return text;
}

Json json_of(const std::vector<WaitedFor>& stages) {
  Json names = Json::array();
  for (const auto& each : stages) names.push_back({{"stage", each.stage}, {"start", each.text}});
  return names;
}

void note_waited_for(ProgressView& view, const std::vector<WaitedFor>& stages) {
  for (const auto& each : stages) {
    view.note("note: the stage '" + each.stage + "' is not here yet" +
              (each.replicas > 1 ? ", " + share_of(each) + " replicas" : "") + "; " + each.text);
  }
}

}  // namespace flow::command
