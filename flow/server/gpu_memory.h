#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "flow/file/flow.h"

/// How much of each GPU of this host the stages of a flow may take (gpu_memory of [[executor]]).
/// Each process keeps its own budget (plugins/diffusion/gpu_budget.h); here they are added up.
/// Pure functions of any thread.
namespace flow {

/// A GPU as its driver lists it. A value.
struct Gpu {
  std::string index;  ///< "0", in the order of the PCI bus
  std::string uuid;   ///< "GPU-5f3c..."
  std::uint64_t memory_bytes = 0;
};

/// Arguments that make nvidia-smi list GPUs as gpus_in() reads them.
inline const std::vector<std::string> kListGpus = {"--query-gpu=index,uuid,memory.total",
                                                   "--format=csv,noheader,nounits"};

/// Reads lines of "0, GPU-5f3c..., 24564" (MiB). Other lines are left out.
std::vector<Gpu> gpus_in(const std::string& listed);

/// What the local stages of a flow may take of one GPU. A value.
struct GpuShare {
  std::string gpu;                              ///< its index, or what CUDA_VISIBLE_DEVICES says
  std::vector<std::size_t> stages;              ///< with a budget on it; indices into Flow::stages
  std::uint64_t budget_bytes = 0;               ///< of all their processes together
  std::optional<std::uint64_t> memory_bytes{};  ///< nothing: this host's driver does not know it
};

/// The budgets of a flow by GPU, in the order of the file. A stage computes on the first GPU that
/// it sees: of CUDA_VISIBLE_DEVICES in its `env`, else of `visible` (that of the server), else GPU
/// 0. CUDA counts as nvidia-smi does where all GPUs are alike or CUDA_DEVICE_ORDER is PCI_BUS_ID.
/// Stages without a budget and those of other hosts are left out.
std::vector<GpuShare> gpu_shares(const Flow& flow, const std::vector<Gpu>& gpus,
                                 const std::string& visible = "");

/// Throws executor::Error(bad_config), at the last of the stages, when the budgets on one GPU are
/// more than it has. What is not known is not refused.
void check_gpu_shares(const Flow& flow, const std::vector<GpuShare>& shares);

/// "6.0 GiB".
std::string gib_text(std::uint64_t bytes);

}  // namespace flow
