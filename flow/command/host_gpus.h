#pragma once

#include <vector>

#include "flow/server/gpu_memory.h"

namespace flow::command {

/// The GPUs of this host, and the value of CUDA_VISIBLE_DEVICES. A value.
struct HostGpus {
  std::vector<Gpu> gpus;
  std::string visible;
};

/// Asks nvidia-smi (on the PATH). Knows no GPU when nvidia-smi is missing or does not answer within
/// ten seconds. Does not ask for a flow without budgets.
HostGpus host_gpus(const Flow& flow);

/// What the stages of the flow may take of the host's GPUs.
std::vector<GpuShare> host_gpu_shares(const Flow& flow, const HostGpus& host);

/// As host_gpu_shares(), but throws executor::Error(bad_config) when a GPU is known to have less.
std::vector<GpuShare> checked_gpu_shares(const Flow& flow, const HostGpus& host);

/// "GPU 0 (24.0 GiB): 20.0 GiB are promised to trainer, generator".
std::string text_of(const Flow& flow, const GpuShare& share);

}  // namespace flow::command
