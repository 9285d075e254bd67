#pragma once

#include <string>

#include "executor/error.h"
#include "schemas/fault.h"

namespace flow {

inline constexpr double kRetryRequest_s = 1;  ///< what is told who has too much open at once

/// A request that is refused for now: the same one is welcome later.
struct RateLimited : executor::Error {
  RateLimited(const std::string& cause, double after_s_in,
              const std::string& hint = "try again later")
      : Error("queue_full", cause, hint), after_s(after_s_in) {}
  double after_s;
};

/// What is told of an error that arose for `stage`; of a RateLimited, when to come back too.
schemas::Fault fault_of(const executor::Error& error, const std::string& stage);

}  // namespace flow
