#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "executor/files/random_stream.h"

namespace files {

/// An endless order of 0..count-1: each round holds every number once, shuffled again, as a
/// DataLoader with `shuffle=True` does. The number at a position follows from (seed, purpose,
/// position) alone.
class Shuffle {
 public:
  Shuffle(std::uint64_t seed, Purpose purpose, std::uint32_t count);

  std::uint32_t at(std::uint64_t position);

 private:
  void deal(std::uint64_t round);

  std::uint64_t seed_;
  Purpose purpose_;
  std::vector<std::uint32_t> order_;    // of round_
  std::optional<std::uint64_t> round_;  // kept, because positions mostly come one by one
};

}  // namespace files
