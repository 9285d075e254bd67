#include "../catch_torch.h"

#include "diffusion/gpu_budget.h"

#include <c10/core/AllocatorConfig.h>

#include <cstdlib>

#include "diffusion/error.h"

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

// LibTorch's part for CUDA registers a parser of its own settings so; here the test does.
TEST_CASE(
    "LibTorch's parser of settings takes the fraction, and refuses one that it does not know") {
  using Config = c10::CachingAllocator::AcceleratorAllocatorConfig;
  static std::string told;
  if (Config::getConfigParserHook()) return;  // a LibTorch with CUDA
  const auto hear = [](const std::string& text) { told = text; };
  Config::registerDeviceConfigParserHook(hear, {"backend"});
  CHECK_THROWS_AS(diffusion::set_tensor_fraction(0.25), c10::Error);
  Config::registerDeviceConfigParserHook(hear, {"per_process_memory_fraction"});
  diffusion::set_tensor_fraction(0.25);
  CHECK(told == "per_process_memory_fraction:0.250000000");
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
