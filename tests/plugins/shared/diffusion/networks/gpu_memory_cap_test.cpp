#include "tests/catch_torch.h"

#include "diffusion/networks/gpu_memory_cap.h"

#include <c10/core/AllocatorConfig.h>
#include <dlfcn.h>

#include <cstdlib>
#include <string>
#include <unordered_set>

#include "diffusion/formats/diffusion_error.h"

namespace {

constexpr std::uint64_t kGiB = 1ull << 30;

std::string refusal(std::uint64_t budget, std::uint64_t total = 24 * kGiB) {
  try {
    diffusion::tensor_fraction(budget, kGiB, total);
  } catch (const diffusion::Error& error) {
    return error.what();
  }
  return "";
}

std::string told;  // what LibTorch's parser handed on
bool hears = false;

// LibTorch's part for CUDA registers a parser of its settings so; here, without it, the test does.
void hear(const std::unordered_set<std::string>& keys) {
  c10::CachingAllocator::AcceleratorAllocatorConfig::registerDeviceConfigParserHook(
      [](const std::string& text) { told = text; }, keys);
  hears = true;
}

bool has_cuda_part() {
  return !hears && c10::CachingAllocator::AcceleratorAllocatorConfig::getConfigParserHook();
}

}  // namespace

TEST_CASE("of a budget what CUDA takes for itself is not for tensors") {
  using diffusion::tensor_fraction;
  CHECK(tensor_fraction(7 * kGiB, kGiB, 24 * kGiB) == 0.25);
  CHECK(tensor_fraction(25 * kGiB, kGiB, 24 * kGiB) == 1.0);
  CHECK(tensor_fraction(900 * kGiB, kGiB, 24 * kGiB) == 1.0);
  CHECK(tensor_fraction(kGiB + 1, kGiB, 24 * kGiB) > 0);
}

TEST_CASE("a budget that CUDA alone takes is refused with the remedy") {
  CHECK(refusal(kGiB + 1).empty());
  CHECK(refusal(kGiB).find("leaves nothing for tensors") != std::string::npos);
  CHECK(refusal(512 << 20).find("512 MiB") != std::string::npos);
  CHECK(refusal(0).find("raise gpu_memory") != std::string::npos);
  CHECK(refusal(2 * kGiB, 0) == "the GPU has no memory");
}

TEST_CASE(
    "LibTorch's parser of settings takes the fraction, and refuses one that it does not know") {
  if (has_cuda_part()) return;
  hear({"backend"});
  CHECK_THROWS_AS(diffusion::set_tensor_fraction(0.25), c10::Error);
  hear({"per_process_memory_fraction"});
  diffusion::set_tensor_fraction(0.25);
  CHECK(told == "per_process_memory_fraction:0.250000000");
}

TEST_CASE("a process with a budget leaves tensors what the first GPU's memory comes to") {
  if (has_cuda_part()) return;
  // From now on this is the libcuda.so.1 of the process.
  REQUIRE(::dlopen(FAKE_CUDA_DRIVER, RTLD_NOW) != nullptr);
  hear({});
  ::setenv("SOUVENIR_GPU_MEMORY", std::to_string(13 * kGiB).c_str(), 1);
  diffusion::keep_gpu_budget();
  CHECK(told == "per_process_memory_fraction:0.500000000");
  ::setenv("FAKE_CUDA_ERROR", "100", 1);
  CHECK_THROWS_WITH(diffusion::keep_gpu_budget(), Catch::EndsWith("error 100"));
  ::unsetenv("FAKE_CUDA_ERROR");
  ::unsetenv("SOUVENIR_GPU_MEMORY");
}

TEST_CASE("a process without a budget asks no driver, one with nonsense says so") {
  ::unsetenv("SOUVENIR_GPU_MEMORY");
  CHECK_NOTHROW(diffusion::keep_gpu_budget());
  for (const char* text : {"", "6GiB", "-1", "1000000000000000000"}) {
    ::setenv("SOUVENIR_GPU_MEMORY", text, 1);
    CHECK_THROWS_WITH(diffusion::keep_gpu_budget(), Catch::Contains("no number of bytes"));
  }
  ::unsetenv("SOUVENIR_GPU_MEMORY");
}
