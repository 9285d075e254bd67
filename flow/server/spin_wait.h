#pragma once

#include <poll.h>

#include <chrono>
#include <vector>

#include "flow/gateway/dispatch.h"

namespace flow {

/// Waits for descriptors, and looks at them for a moment before it sleeps: to wake a sleeping core
/// takes longer than the next packet of a request that is alone on its way. Used by one thread.
class SpinWait {
 public:
  /// Until one is readable or `most` is over; `looks` says that something is expected at once.
  void wait(std::vector<pollfd>& polls, std::chrono::milliseconds most, bool looks);

 private:
  bool look(std::vector<pollfd>& polls) const;
  void note_arrival();

  Time last_arrival_{};
  Time end_of_rest_{};  ///< when something came after nothing had come for a while
};

}  // namespace flow
