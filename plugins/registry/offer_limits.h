#pragma once

#include <cstdint>
#include <string>

#include "schemas/transfer.h"

/// What a host with a disk of its own may send for a job. A training stays far below: it bounds a
/// host that is in other hands.
namespace registry {

/// Of a checkpoint, to the base model: twice the precision, and beside the weights the optimizer's
/// two moments and the averages, doubled.
inline constexpr std::uint64_t kMostGrowth = 16;
inline constexpr std::uint64_t kMostSpareBytes = 16ull << 30;
/// A memory: the latents of 30 pictures of 64 MiB each, twice.
inline constexpr std::uint64_t kMostMemoryBytes = 4ull << 30;

inline std::uint64_t most_bytes(const std::string& kind, std::uint64_t model_bytes) {
  if (kind == schemas::kReplayFolder) return kMostMemoryBytes;
  return kMostGrowth * model_bytes + kMostSpareBytes;
}

}  // namespace registry
