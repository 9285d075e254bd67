#pragma once

#include <chrono>

namespace executor {

/// How long another process has said nothing. The time in which this one stood still itself
/// (Ctrl-Z, a host that slept) is nobody's silence. A value.
class Silence {
 public:
  using Clock = std::chrono::steady_clock;

  explicit Silence(Clock::time_point now) : heard_(now), looked_(now) {}

  void heard(Clock::time_point now) { heard_ = looked_ = now; }
  /// Comes many times within kStandstill, unless this process stands still.
  void look(Clock::time_point now) {
    if (now - looked_ >= kStandstill) heard_ += now - looked_;
    looked_ = now;
  }
  /// Up to the last look.
  Clock::duration time() const { return looked_ - heard_; }

  static constexpr std::chrono::milliseconds kStandstill{1'000};

 private:
  Clock::time_point heard_;
  Clock::time_point looked_;
};

}  // namespace executor
