#pragma once

#include <functional>
#include <string>

namespace tests {

/// How a function fared in a process of its own. A value.
struct ChildRun {
  std::string thrown;      ///< what() of its exception, at most kMostThrownBytes; "": it returned
  bool is_whole = false;   ///< neither a signal nor the end of kHangs_s ended it
  double most_MiB = 0;     ///< resident at its peak, what the parent had included
  double processor_s = 0;  ///< used: what else runs on the machine is not its fault
};

inline constexpr unsigned kHangs_s = 60;
inline constexpr std::size_t kMostThrownBytes = 1000;

/// Calls `act` in a forked process, for root without root's right to read every file.
ChildRun in_child(const std::function<void()>& act);

}  // namespace tests
