#pragma once

#include "executor/files/file_error.h"

namespace diffusion {

/// Every function of this library throws Error for bad input.
using files::DiskFull;
using files::Error;

/// A sampling loop throws this when its caller asks it to stop.
class Cancelled : public Error {
 public:
  Cancelled() : Error("sampling was stopped by its caller") {}
};

}  // namespace diffusion
