#include "flow/file/flow_file.h"

#include "executor/describe.h"
#include "executor/load.h"
#include "flow/file/check.h"
#include "flow/file/flow_reader.h"
#include "flow/file/wait_graph.h"

namespace flow {

void require_flow_file(const std::filesystem::path& file) {
  std::error_code none;
  if (std::filesystem::exists(std::filesystem::symlink_status(file, none))) return;
  throw executor::Error("not_found",
                        "there is no flow file " + std::filesystem::absolute(file).string(),
                        "check the path; without one it is $SOUVENIR_FLOW, or the shipped one");
}

Flow load_flow_with(const std::filesystem::path& file, const std::filesystem::path& run_folder,
                    const std::filesystem::path& share_folder, const FindPlugin& find) {
  Flow flow = FlowReader(file, run_folder, share_folder, find).read();
  check_routes(flow);
  check_calls(flow);
  check_waits(flow);
  return flow;
}

Flow load_flow(const std::filesystem::path& file, const std::filesystem::path& run_folder,
               const std::filesystem::path& share_folder) {
  require_flow_file(file);
  return load_flow_with(file, run_folder, share_folder, [&file](const std::string& run) {
    const std::filesystem::path library = executor::find_plugin(run, file.parent_path());
    return std::pair(library, executor::describe(library));
  });
}

}  // namespace flow
