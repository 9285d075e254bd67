#pragma once

#include <chrono>

namespace executor {

/// How long another process has been silent. Time in which this process itself stood still (Ctrl-Z,
/// a sleeping host) does not count. A value.
class Silence {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Silence(Clock::time_point now) : heard_(now), looked_(now) {}

  void heard(Clock::time_point now) { heard_ = looked_ = now; }
  /// Call it many times within kStandstill: a longer gap means that this process stood still.
  void look(Clock::time_point now) {
    if (now - looked_ >= kStandstill) heard_ += now - looked_;
    looked_ = now;
  }
  /// As of the last look().
  Clock::duration time() const { return looked_ - heard_; }

  static constexpr std::chrono::milliseconds kStandstill{1'000};

 private:
  Clock::time_point heard_;
  Clock::time_point looked_;
};

}  // namespace executor
