#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "flow/file/flow.h"

/// How much memory of each GPU of this host the stages of a flow may take (gpu_memory of
/// [[executor]]). Each process keeps its own budget
/// (plugins/shared/diffusion/networks/gpu_memory_cap.h); these functions add the budgets up. Pure
/// functions, for any thread.
namespace flow {

/// A GPU as the driver lists it. A value.
struct Gpu {
  std::string index;  ///< "0", in PCI bus order
  std::string uuid;   ///< "GPU-5f3c..."
  std::uint64_t memory_bytes = 0;
};

/// The arguments that make nvidia-smi list GPUs in the format that gpus_in() reads.
inline const std::vector<std::string> kListGpus = {"--query-gpu=index,uuid,memory.total",
                                                   "--format=csv,noheader,nounits"};

/// Reads lines like "0, GPU-5f3c..., 24564" (MiB). Ignores other lines.
std::vector<Gpu> gpus_in(const std::string& listed);

/// The memory that the local stages of a flow may take of one GPU. A value.
struct GpuShare {
  std::string gpu;                  ///< its index, or its name in CUDA_VISIBLE_DEVICES
  std::vector<std::size_t> stages;  ///< stages with a budget on it; indices into Flow::stages
  std::uint64_t budget_bytes = 0;   ///< sum over all processes of these stages
  std::optional<std::uint64_t> memory_bytes{};  ///< nothing: the driver does not list it
};

/// The budgets of a flow by GPU, in the order of the file. A stage computes on the first GPU that
/// it sees: the first in CUDA_VISIBLE_DEVICES of its `env`, else the first in `visible` (the
/// server's CUDA_VISIBLE_DEVICES), else GPU 0. CUDA and nvidia-smi use the same numbers when all
/// GPUs are alike or CUDA_DEVICE_ORDER is PCI_BUS_ID. Leaves out stages without a budget and stages
/// on other hosts.
std::vector<GpuShare> gpu_shares(const Flow& flow, const std::vector<Gpu>& gpus,
                                 const std::string& visible = "");

/// Throws executor::Error(bad_config), at the place of the last stage, when the budgets on one GPU
/// exceed its memory. A GPU of unknown size passes.
void check_gpu_shares(const Flow& flow, const std::vector<GpuShare>& shares);

/// "6.0 GiB".
std::string gib_text(std::uint64_t bytes);

}  // namespace flow
