#pragma once

#include <cstdint>

#include "flow/relay/relay_limits.h"

namespace flow::relay {

/// So much in each kWindow, for all together. Used by one thread.
class Pace {
 public:
  explicit Pace(std::uint64_t most) : most_(most) {}

  /// Whether more may be taken now. The last one of a window may take more than is left.
  bool has_room(Time now);
  void take(std::uint64_t much) { taken_ += much; }
  /// When the window of the last has_room() began.
  Time window() const { return since_; }

 private:
  std::uint64_t most_;
  std::uint64_t taken_ = 0;
  Time since_{};
};

}  // namespace flow::relay
