#include "flow/command/host_gpus.h"

#include <algorithm>
#include <cstdlib>

#include "executor/files/child_process.h"
#include "executor/files/read_file.h"
#include "flow/command/private_server.h"
#include "flow/file/check.h"

namespace flow::command {
namespace {

constexpr std::uint32_t kAnswer_ms = 10'000;  // a driver that nobody uses takes seconds to wake up

std::vector<Gpu> listed_gpus() {
  const TemporaryFolder folder;
  files::Spawn spawn;
  spawn.arguments = {"/usr/bin/env", "nvidia-smi"};
  spawn.arguments.insert(spawn.arguments.end(), kListGpus.begin(), kListGpus.end());
  spawn.output = folder.path() / "listed";
  files::ChildProcess child(spawn);
  if (child.wait(kAnswer_ms) != 0) return {};
  return gpus_in(files::read_file(spawn.output));
}

}  // namespace

HostGpus host_gpus(const Flow& flow) {
  const bool any = std::any_of(flow.stages.begin(), flow.stages.end(), [](const Stage& stage) {
    return !stage.remote && stage.gpu_memory_bytes > 0;
  });
  if (!any) return {};
  const char* visible = std::getenv("CUDA_VISIBLE_DEVICES");
  return {listed_gpus(), visible == nullptr ? "" : visible};
}

std::vector<GpuShare> host_gpu_shares(const Flow& flow, const HostGpus& host) {
  return gpu_shares(flow, host.gpus, host.visible);
}

std::vector<GpuShare> checked_gpu_shares(const Flow& flow, const HostGpus& host) {
  auto shares = host_gpu_shares(flow, host);
  check_gpu_shares(flow, shares);
  return shares;
}

std::string text_of(const Flow& flow, const GpuShare& share) {
  std::vector<std::string> names;
  for (const std::size_t stage : share.stages) names.push_back(flow.stages[stage].name);
  const std::string has = share.memory_bytes ? gib_text(*share.memory_bytes) : "memory unknown";
  return "GPU " + share.gpu + " (" + has + "): " + gib_text(share.budget_bytes) +
         " are promised to " + list(names);
}

}  // namespace flow::command
