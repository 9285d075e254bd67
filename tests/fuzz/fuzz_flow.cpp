#include <cstdlib>

#include "executor/error.h"
#include "flow/file/flow_file.h"
#include "tests/fuzz/file_in_memory.h"

namespace {

std::pair<std::filesystem::path, executor::Plugin> find(const std::string& run) {
  executor::Plugin plugin;
  plugin.name = run;
  plugin.handlers = {{"text.v1", {"text.v1"}, run == "stream"}, {"draw.v1", {"pictures.v1"}}};
  plugin.params = {{"model", std::string(), ""}, {"batch", std::int64_t{2}, "", 1, 16}};
  plugin.batches = run == "many";
  if (run == "asker") plugin.calls = {{"/prior", "text.v1", "text.v1"}};
  if (run == "nothing") throw executor::Error("bad_config", "there is no such plugin");
  return {"/plugins/" + run + ".so", plugin};
}

}  // namespace

// A flow file that is accepted has a name, a stage, and routes over stages that are there.
extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const fuzz::MemoryFile file({reinterpret_cast<const char*>(data), size});
  try {
    const auto flow = flow::load_flow_with(file.path(), "/run/souvenir", "/share", find);
    if (flow.name.empty() || flow.stages.empty()) std::abort();
    for (const auto& route : flow.routes) {
      for (const auto stage : route.path) {
        if (stage >= flow.stages.size()) std::abort();
      }
    }
  } catch (const executor::Error& error) {
    if (error.code() != "bad_config") std::abort();
  }
  return 0;
}
