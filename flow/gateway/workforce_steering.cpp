// The processes of a stage while the flow runs: what clients ask of them, and what Replicas says.
#include <algorithm>

#include "executor/error.h"
#include "flow/file/check.h"
#include "flow/file/flow_file.h"
#include "flow/gateway/swapped_stage.h"
#include "flow/gateway/workforce.h"
#include "schemas/nearest.h"

namespace flow {
namespace {

std::pair<std::string, std::string> split(const std::string& text) {
  const auto equals = text.find('=');
  if (equals != text.npos && equals + 1 < text.size()) {
    return {text.substr(0, equals), text.substr(equals + 1)};
  }
  throw executor::Error("bad_input", "'" + text.substr(0, 64) + "' is not NAME=VALUE",
                        "write trainer=2, or trainer=plugin");
}

// The flow with all processes that run on this host, and so many more of a stage.
Flow grown(const Flow& flow, const std::vector<Replicas>& replicas, std::size_t stage,
           std::size_t more) {
  Flow grown = flow;
  for (std::size_t i = 0; i < replicas.size(); ++i) {
    if (grown.stages[i].remote) continue;
    grown.stages[i].replicas = static_cast<std::uint32_t>(replicas[i].count());
  }
  grown.stages[stage].replicas += static_cast<std::uint32_t>(more);
  return grown;
}

std::size_t local_stage(const Flow& flow, const std::string& name) {
  std::vector<std::string> names;
  for (const auto& stage : flow.stages) names.push_back(stage.name);
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) {
    throw executor::Error(
        "not_found", "the flow has no stage '" + name + "'" + schemas::did_you_mean(name, names),
        "the stages are: " + list(names));
  }
  const auto stage = static_cast<std::size_t>(found - names.begin());
  if (!flow.stages[stage].remote) return stage;
  throw executor::Error("bad_input", "'" + name + "' does not run on this host",
                        "start and stop its processes where they run: souvenir stage");
}

std::size_t count_in(const std::string& text) {
  const bool digits = !text.empty() && text.size() <= 3 && text.front() != '0' &&
                      text.find_first_not_of("0123456789") == text.npos;
  const int asked = digits ? std::stoi(text) : 0;
  if (asked < 1 || asked > kMaxReplicas) {
    throw executor::Error("bad_input", "'" + text.substr(0, 64) + "' is no number of processes",
                          "1 to " + std::to_string(kMaxReplicas));
  }
  return static_cast<std::size_t>(asked);
}

}  // namespace

using executor::Error;

void Workforce::steer(const schemas::Control& asked, const Watcher& watcher, Time now) {
  const auto [name, value] = split(asked.job);
  const std::size_t stage = local_stage(flow_, name);
  Replicas& replicas = replicas_[stage];
  if (replicas.is_swapping()) {
    throw Error("exists", "another swap of '" + name + "' is under way", "wait for its end");
  }
  const std::size_t running = replicas.wanted().size();
  if (asked.action == "swap") {
    Stage next = swapped_stage(flow_, stage, value, port_.find(value), asked.with);
    port_.check_gpu_memory(grown(flow_, replicas_, stage, running));
    return follow(stage, replicas.swap(std::move(next), watcher, now, starter(stage)));
  }
  const std::size_t wanted = count_in(value);
  if (wanted > running) {
    port_.check_gpu_memory(grown(flow_, replicas_, stage, wanted - running));
  }
  follow(stage, replicas.scale(wanted, starter(stage)));
  desk_.confirm(watcher);
}

Replicas::Start Workforce::starter(std::size_t stage) const {
  if (!port_.start) return {};
  return [this, stage](std::uint32_t replica, const Stage& as) { port_.start(stage, replica, as); };
}

}  // namespace flow
