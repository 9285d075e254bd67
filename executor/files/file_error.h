#pragma once

#include <stdexcept>

namespace files {

/// What every function of this folder throws when its input is at fault or the disk refuses; none
/// throws std::filesystem::filesystem_error. The message names the file or the value, the cause
/// and, where there is one, the remedy; it can be shown to a user.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// Thrown by what writes when the disk, or its user's share of it, has no room left.
class DiskFull : public Error {
 public:
  using Error::Error;
};

}  // namespace files
