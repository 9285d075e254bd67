#pragma once

#include <cstdint>

namespace diffusion {

/// What a process takes of a GPU beside tensors: the CUDA context, the kernels that were loaded and
/// what cuBLAS and cuDNN keep for themselves. LibTorch's allocator knows nothing of it, and it
/// cannot be measured where other processes come and go: this is on the safe side of what is
/// usually seen, 0.4 to 0.8 GiB.
inline constexpr std::uint64_t kContext_bytes = 1ull << 30;

/// The part of a GPU's memory, above 0 and at most 1, that tensors may take in a process with this
/// budget: (budget - context) / total. Throws Error when the budget is not more than the context,
/// or the GPU has no memory.
double tensor_fraction(std::uint64_t budget_bytes, std::uint64_t context_bytes,
                       std::uint64_t total_bytes);

/// Tells LibTorch's allocator, by the setting per_process_memory_fraction: what exceeds it is out
/// of memory (is_out_of_memory) in this process alone. The allocator reads it when CUDA is used for
/// the first time: call before. Throws c10::Error when LibTorch has a CUDA part without this
/// setting.
void set_tensor_fraction(double fraction);

/// Keeps this process within SOUVENIR_GPU_MEMORY (bytes, set by the stage's host from gpu_memory of
/// the flow file), if that is set, on the first GPU. The total comes from NVIDIA's driver
/// (libcuda.so.1). Throws Error when the variable is no number, the driver is not found, or
/// as tensor_fraction().
///
/// Not yet run on a GPU: that LibTorch's CUDA part obeys, and how large its context is. Tested
/// without one: the arithmetic, the driver's functions (a stand-in), and what LibTorch's parser of
/// settings hands on.
void keep_gpu_budget();

}  // namespace diffusion
