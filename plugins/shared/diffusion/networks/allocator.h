#pragma once

namespace diffusion {

/// Tells glibc to keep freed memory for the next allocation. A training step allocates and frees
/// the same hundreds of megabytes; by default each large block costs an mmap, an munmap and a page
/// fault per 4 KiB. Call once at the start of a process that computes. The only cost: the peak
/// memory stays mapped.
void tune_allocator();

}  // namespace diffusion
