#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "executor/files/random_stream.h"

namespace sampler {

/// Which source fills each slot of an endless row of slots, so that none starves: after k slots,
/// whatever k, every source has been chosen within 1 of k x its share. Independent draws leave 18 %
/// of 60 things without a slot in 200 steps; strides through the cumulative shares are fair over
/// whole blocks alone.
///
/// Slot k goes to the source whose next turn has to come first (earliest deadline) among those that
/// are not ahead; of equal ones the order is shuffled again in every block of as many slots as
/// there are sources. Why that is always possible: Baruah et al., "Proportionate progress: a notion
/// of fairness in resource allocation", Algorithmica 15 (1996): turn j of a source lies within
/// slots floor((j-1)/share) .. ceil(j/share)-1.
/// A slot follows from (shares, seed, slot) alone.
class SlotOrder {
 public:
  /// One share a source, each above 0; they sum to 1.
  SlotOrder(std::vector<double> shares, std::uint64_t seed);

  struct Slot {
    std::uint32_t source;
    std::uint32_t turn;  ///< how often the source was chosen before
  };
  Slot at(std::uint64_t slot);

 private:
  void extend();

  std::vector<double> shares_;
  std::uint64_t seed_;
  std::vector<std::uint32_t> chosen_;    // times, by source
  std::vector<std::uint32_t> priority_;  // of this block
  std::vector<Slot> slots_;              // all up to the furthest asked for
};

}  // namespace sampler
