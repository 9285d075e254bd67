#pragma once

#include "executor/files/file_error.h"

namespace diffusion {

/// What every function of this library throws when its input is at fault.
using files::DiskFull;
using files::Error;

/// Thrown by a sampling loop whose caller asked it to stop.
class Cancelled : public Error {
 public:
  Cancelled() : Error("sampling was stopped by its caller") {}
};

}  // namespace diffusion
