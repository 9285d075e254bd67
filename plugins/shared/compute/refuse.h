#pragma once

#include <string>

#include "executor/error.h"

namespace compute {

/// For a request that cannot be met as it is: throws Error(bad_input).
[[noreturn]] inline void refuse(const std::string& cause, const std::string& hint = "") {
  throw executor::Error("bad_input", cause, hint);
}

}  // namespace compute
