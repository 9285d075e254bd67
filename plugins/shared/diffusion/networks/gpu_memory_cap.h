#pragma once

#include <cstdint>

namespace diffusion {

/// What a process takes of a GPU in addition to tensors: the CUDA context, loaded kernels, and the
/// workspaces of cuBLAS and cuDNN. LibTorch's allocator does not count it, and it cannot be
/// measured while other processes come and go. Usual values are 0.4 to 0.8 GiB; this one is on the
/// safe side.
inline constexpr std::uint64_t kContext_bytes = 1ull << 30;

/// The share of a GPU's memory, above 0 and at most 1, that tensors may take in a process with this
/// budget: (budget - context) / total. Throws Error when the budget is not larger than the context,
/// or when the GPU has no memory.
double tensor_fraction(std::uint64_t budget_bytes, std::uint64_t context_bytes,
                       std::uint64_t total_bytes);

/// Sets per_process_memory_fraction of LibTorch's allocator. An allocation beyond it is out of
/// memory (is_out_of_memory) in this process only. The allocator reads the setting when CUDA is
/// first used: call this before. Throws c10::Error when LibTorch has a CUDA part without this
/// setting.
void set_tensor_fraction(double fraction);

/// Limits this process to SOUVENIR_GPU_MEMORY bytes on the first GPU, if the variable is set (the
/// stage's host sets it from gpu_memory of the flow file). NVIDIA's driver (libcuda.so.1) tells the
/// total. Throws Error when the variable is not a number or the driver is missing, and as
/// tensor_fraction() does.
///
/// Not yet tried on a GPU: that LibTorch's CUDA part obeys, and how large the context is. Tested
/// without a GPU: the arithmetic, the driver's functions (with a stand-in), and what LibTorch's
/// parser makes of the setting.
void keep_gpu_budget();

}  // namespace diffusion
