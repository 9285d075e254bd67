#pragma once

#include "executor/error.h"
#include "schemas/request_faults.h"

namespace executor {

/// Throws Error(bad_input) with the first thing that a client's request tells of itself to be
/// wrong: a value of its own out of range, whatever the server knows (schemas/request_faults.h).
template <typename Request>
void require_valid(const Request& request) {
  if (const auto fault = schemas::fault_in(request)) {
    throw Error("bad_input", fault->cause, fault->hint);
  }
}

}  // namespace executor
