#include "diffusion/networks/gpu_memory_cap.h"

#include <c10/core/AllocatorConfig.h>
#include <dlfcn.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>

#include "diffusion/formats/diffusion_error.h"

namespace diffusion {
namespace {

constexpr const char* kVariable = "SOUVENIR_GPU_MEMORY";
constexpr const char* kDriver = "libcuda.so.1";

// LibTorch's CUDA headers need NVIDIA's, which are not where this is built; the driver's functions
// (CUDA Driver API, cuda.h) are plain C with int for CUresult and CUdevice.
template <class Function>
Function find(void* driver, const char* name) {
  void* found = ::dlsym(driver, name);
  if (found == nullptr) throw Error(std::string(kDriver) + " has no " + name);
  return reinterpret_cast<Function>(found);
}

std::uint64_t memory_of_first_gpu() {
  const std::unique_ptr<void, int (*)(void*)> driver(::dlopen(kDriver, RTLD_NOW), ::dlclose);
  if (driver == nullptr) throw Error(std::string("NVIDIA's driver is not found: ") + ::dlerror());
  const auto init = find<int (*)(unsigned)>(driver.get(), "cuInit");
  const auto get = find<int (*)(int*, int)>(driver.get(), "cuDeviceGet");
  const auto total = find<int (*)(std::size_t*, int)>(driver.get(), "cuDeviceTotalMem_v2");
  int device = 0;
  std::size_t bytes = 0;
  int error = init(0);
  if (error == 0) error = get(&device, 0);
  if (error == 0) error = total(&bytes, device);
  if (error == 0) return bytes;
  throw Error("NVIDIA's driver does not tell the memory of its first GPU: error " +
              std::to_string(error));
}

std::uint64_t bytes_of(const std::string& text) {
  const bool number =
      !text.empty() && text.size() <= 18 && text.find_first_not_of("0123456789") == text.npos;
  if (number) return std::stoull(text);
  throw Error(std::string(kVariable) + " is '" + text + "', which is no number of bytes");
}

}  // namespace

double tensor_fraction(std::uint64_t budget_bytes, std::uint64_t context_bytes,
                       std::uint64_t total_bytes) {
  constexpr std::uint64_t kMiB = 1 << 20;
  if (budget_bytes <= context_bytes) {
    throw Error("a GPU memory of " + std::to_string(budget_bytes / kMiB) +
                " MiB leaves nothing for tensors: CUDA itself takes " +
                std::to_string(context_bytes / kMiB) + " MiB; raise gpu_memory in the flow file");
  }
  if (total_bytes == 0) throw Error("the GPU has no memory");
  const auto tensors = static_cast<double>(budget_bytes - context_bytes);
  return std::min(1.0, tensors / static_cast<double>(total_bytes));
}

void set_tensor_fraction(double fraction) {
  char setting[64];
  std::snprintf(setting, sizeof setting, "per_process_memory_fraction:%.9f", fraction);
  c10::CachingAllocator::setAllocatorSettings(setting);
}

void keep_gpu_budget() {
  const char* budget = std::getenv(kVariable);
  if (budget == nullptr) return;
  const std::uint64_t bytes = bytes_of(budget);
  set_tensor_fraction(tensor_fraction(bytes, kContext_bytes, memory_of_first_gpu()));
}

}  // namespace diffusion
