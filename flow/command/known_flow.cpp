#include "flow/command/known_flow.h"

#include <algorithm>
#include <cstdlib>
#include <optional>

#include "executor/error.h"
#include "flow/command/render.h"
#include "flow/file/flow.h"
#include "schemas/nearest.h"

namespace flow::command {
namespace {

constexpr std::uint32_t kStatus_ms = 1'000;

std::string running_file(const Context& context, const Places& places) {
  if (!std::filesystem::exists(places.run / "gateway.sock")) return "";
  try {
    return Client(own_address(places), caller(context)).status(kStatus_ms).file;
  } catch (const CallError&) {
    return "";
  }
}

// A note is not worth an error: what cannot be read is not known.
std::optional<Flow> known_flow(const Context& context) {
  const Places places = find_places();
  std::string file = running_file(context, places);
  const char* chosen = std::getenv("SOUVENIR_FLOW");
  if (file.empty() && chosen != nullptr) file = chosen;
  if (file.empty()) return std::nullopt;
  try {
    return load_flow(file, places.run, places.share);
  } catch (const executor::Error&) {
    return std::nullopt;
  }
}

void note_missing(const Context& context, const std::string& what,
                  const std::vector<std::string>& asked, const std::string& file,
                  const std::vector<std::string>& known) {
  ProgressView view(context.quiet);
  for (const auto& name : asked) {
    if (std::find(known.begin(), known.end(), name) != known.end()) continue;
    view.note("note: the flow " + file + " has no " + what + " '" + name + "'" +
              schemas::did_you_mean(name, known));
  }
}

}  // namespace

void note_unknown_stages(const Context& context, const std::vector<std::string>& stages) {
  if (stages.empty()) return;
  const auto flow = known_flow(context);
  if (!flow) return;
  std::vector<std::string> known;
  for (const auto& stage : flow->stages) known.push_back(stage.name);
  note_missing(context, "stage", stages, flow->file.string(), known);
}

void note_unknown_scopes(const Context& context, const std::vector<std::string>& scopes) {
  std::vector<std::string> asked, known;
  for (const auto& scope : scopes) {
    if (scope.starts_with('/')) asked.push_back(scope);
  }
  if (asked.empty()) return;
  const auto flow = known_flow(context);
  if (!flow) return;
  for (const auto& route : flow->routes) known.push_back(route.endpoint);
  note_missing(context, "endpoint", asked, flow->file.string(), known);
}

}  // namespace flow::command
