#pragma once

#include <algorithm>
#include <chrono>

namespace executor {

/// When somebody who waits says so: after some seconds, then ever more seldom. A value; whoever
/// waits gives the time.
class WaitingWord {
 public:
  using Time = std::chrono::steady_clock::time_point;
  static constexpr std::chrono::seconds kFirst{3};
  static constexpr std::chrono::seconds kSecond{60};
  static constexpr std::chrono::seconds kSeldom{3'600};

  /// The wait is over.
  void end() { *this = {}; }
  /// Whether it is time for a word. The first call begins the wait.
  bool is_due(Time now) {
    if (next_ == Time{}) next_ = now + kFirst;
    if (now < next_) return false;
    next_ = now + pause_;
    pause_ = std::min<std::chrono::seconds>(2 * pause_, kSeldom);
    return true;
  }

 private:
  Time next_{};
  std::chrono::seconds pause_ = kSecond;
};

}  // namespace executor
