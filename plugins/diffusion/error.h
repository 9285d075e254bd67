#pragma once

#include <stdexcept>

namespace diffusion {

/// What every function of this library throws when its input is at fault. The message names the
/// file or the value, the cause and, where there is one, the remedy; it can be shown to a user.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Thrown by what writes when the disk, or its user's share of it, has no room left.
class DiskFull : public Error {
 public:
  using Error::Error;
};

/// Thrown by a sampling loop whose caller asked it to stop.
class Cancelled : public Error {
 public:
  Cancelled() : Error("sampling was stopped by its caller") {}
};

}  // namespace diffusion
