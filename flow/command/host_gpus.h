#pragma once

#include <vector>

#include "flow/server/gpu_memory.h"

namespace flow::command {

/// The GPUs of this host, and those that CUDA_VISIBLE_DEVICES leaves to its processes. A value.
struct HostGpus {
  std::vector<Gpu> gpus;
  std::string visible;
};

/// Asks nvidia-smi (on the PATH): nothing is known of a host where it is not found or does not
/// answer within ten seconds. For a flow without budgets it asks nobody.
HostGpus host_gpus(const Flow& flow);

/// What the stages of the flow may take of them.
std::vector<GpuShare> host_gpu_shares(const Flow& flow, const HostGpus& host);

/// The same; throws executor::Error(bad_config) when a GPU is known to have less.
std::vector<GpuShare> checked_gpu_shares(const Flow& flow, const HostGpus& host);

/// "GPU 0 (24.0 GiB): 20.0 GiB are promised to trainer, generator".
std::string text_of(const Flow& flow, const GpuShare& share);

}  // namespace flow::command
