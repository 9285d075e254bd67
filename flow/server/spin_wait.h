#pragma once

#include <poll.h>

#include <chrono>
#include <vector>

#include "flow/gateway/dispatch.h"

namespace flow {

/// Waits for descriptors, and polls them for a moment before it sleeps. Waking a sleeping core
/// takes longer than the next packet of a single request takes to come. Used by one thread.
class SpinWait {
 public:
  /// Waits until one is readable or `most` has passed. `looks`: something is expected at once, so
  /// poll.
  void wait(std::vector<pollfd>& polls, std::chrono::milliseconds most, bool looks);

 private:
  bool look(std::vector<pollfd>& polls) const;
  void note_arrival();

  Time last_arrival_{};
  Time end_of_rest_{};  ///< when something came after a quiet time
};

}  // namespace flow
