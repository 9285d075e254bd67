#include "diffusion/networks/allocator.h"

#include <malloc.h>
#include <sys/resource.h>

#include <catch2/catch.hpp>
#include <cstdlib>
#include <cstring>

namespace {

long page_faults() {
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  return usage.ru_minflt;
}

}  // namespace

#ifndef __SANITIZE_ADDRESS__  // which has an allocator of its own
TEST_CASE("a tuned allocator gives a large block back without a new page fault for every page") {
  diffusion::tune_allocator();
  constexpr std::size_t kBytes = 64 << 20;
  const auto use = [] {
    void* block = std::malloc(kBytes);
    std::memset(block, 1, kBytes);
    std::free(block);
  };
  use();
  const long before = page_faults();
  for (int i = 0; i < 5; ++i) use();
  CHECK(page_faults() - before < static_cast<long>(kBytes / 4096));
}
#endif
