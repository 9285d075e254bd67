#include "executor/stage_confinement.h"

#include <sys/resource.h>

#include <algorithm>

#include "executor/error.h"
#include "executor/files/child_process.h"
#include "executor/sandbox/home_view.h"
#include "executor/sandbox/rights.h"

namespace executor {
namespace {

namespace fs = std::filesystem;

constexpr std::uint64_t kQueueBytes = 0;  // of POSIX message queues: no stage has one
constexpr std::uint64_t kRealTime = 0;    // no stage goes before the gateway
constexpr const char* kMakesDevices = "/usr/bin/nvidia-modprobe";
constexpr std::uint32_t kDevices_ms = 10'000;

void check_names(const Plugin& plugin, const std::vector<std::string>& names) {
  for (const auto& name : names) {
    const fs::path path = name;
    const bool leaves = std::find(path.begin(), path.end(), "..") != path.end();
    if (path.is_relative() && !leaves && !name.empty() && *path.begin() != ".") continue;
    throw Error("bad_config",
                "the plugin " + plugin.name + " declares '" + name + "', which is not in the home",
                "name files and folders of the home, such as \"cache/\"");
  }
}

// CUDA lets this program make the device files that are missing, with more rights than it has
// itself; from now on nothing that is started has.
void make_devices() {
  if (fs::exists("/dev/nvidia-uvm") || !fs::exists(kMakesDevices)) return;
  files::Spawn spawn;
  spawn.arguments = {kMakesDevices, "-c", "0", "-u"};
  files::ChildProcess(spawn).wait(kDevices_ms);
}

std::string listed(const char* verb, const std::vector<std::string>& names) {
  std::string text = names.empty() ? "" : std::string(verb);
  for (const auto& name : names) text += " " + name;
  return text;
}

}  // namespace

std::string confine(const Plugin& plugin, const StageOptions& options) {
  check_names(plugin, plugin.reads);
  check_names(plugin, plugin.writes);
  if (plugin.gpu) make_devices();
  sandbox::give_up_new_rights();
  sandbox::limit(RLIMIT_MSGQUEUE, kQueueBytes);
  sandbox::limit(RLIMIT_RTPRIO, kRealTime);
  sandbox::HomeView view{
      options.home, plugin.reads, {"stages/" + options.name + "/"}, options.reaches};
  view.writes.insert(view.writes.end(), plugin.writes.begin(), plugin.writes.end());
  const int version = sandbox::close_home(view);
  if (version == 0) return "the whole home is open to it: this kernel has no Landlock of 2022";
  return "of the home it" + listed(" reads", view.reads) + (view.reads.empty() ? "" : " and") +
         listed(" writes", view.writes) + " (Landlock " + std::to_string(version) + ")";
}

}  // namespace executor
