#include "flow/command/running_flow.h"

#include "executor/describe.h"
#include "executor/load.h"
#include "flow/client/client.h"
#include "flow/command/server_process.h"

namespace flow::command {

Flow as_running(Flow flow, const schemas::Status& status) {
  for (auto& stage : flow.stages) {
    std::uint32_t count = 0;
    for (const auto& process : status.stages) {
      if (process.name != stage.name || process.state == "leaving") continue;
      if (++count > 1) continue;  // one of them tells for all
      stage.with = process.with;
      if (process.plugin.empty() || process.plugin == stage.run) continue;
      stage.run = process.plugin;
      stage.library = executor::find_plugin(stage.run, flow.file.parent_path());
      stage.plugin = executor::describe(stage.library);
    }
    if (!stage.remote && count > 0) stage.replicas = count;
  }
  return flow;
}

Flow load_shown_flow(const std::string& file) {
  if (!file.empty()) return load_named_flow(file);
  try {
    const auto status = connect_running({}, name_places())->status();
    if (!status.file.empty()) return as_running(load_named_flow(status.file), status);
  } catch (const CallError&) {
    // No server answers.
  }
  return load_named_flow("");
}

}  // namespace flow::command
