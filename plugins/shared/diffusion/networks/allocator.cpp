#include "diffusion/networks/allocator.h"

#include <malloc.h>

namespace diffusion {

void tune_allocator() {
  constexpr int kNever = 1 << 30;  // 1 GiB
  mallopt(M_MMAP_THRESHOLD, kNever);
  mallopt(M_TRIM_THRESHOLD, kNever);
  mallopt(M_TOP_PAD, 64 << 20);
}

}  // namespace diffusion
