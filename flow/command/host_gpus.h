#pragma once

#include <vector>

#include "flow/gpu_memory.h"

namespace flow::command {

/// What the stages of the flow may take of the GPUs of this host, asking nvidia-smi (on the PATH)
/// what those have: nothing is known of a host where it is not found or does not answer within ten
/// seconds. A flow without budgets asks nobody.
std::vector<GpuShare> host_gpu_shares(const Flow& flow);

/// The same; throws executor::Error(bad_config) when a GPU is known to have less.
std::vector<GpuShare> checked_gpu_shares(const Flow& flow);

/// "GPU 0 (24.0 GiB): 20.0 GiB are promised to trainer, generator".
std::string text_of(const Flow& flow, const GpuShare& share);

}  // namespace flow::command
