#pragma once

#include <stdexcept>
#include <string>

namespace files {

/// What every function of this folder throws when its input is at fault or the disk refuses; none
/// throws std::filesystem::filesystem_error. The message names the file or the value, the cause
/// and, where there is one, the remedy; it can be shown to a user.
class Error : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
  /// what() is "CAUSE; REMEDY".
  Error(const std::string& cause, const std::string& remedy)
      : std::runtime_error(cause + "; " + remedy), cause_bytes_(cause.size()) {}

  std::string cause() const { return std::string(what()).substr(0, cause_bytes_); }
  /// "" when it is part of what() or not known.
  std::string remedy() const {
    return cause_bytes_ == std::string::npos ? "" : std::string(what()).substr(cause_bytes_ + 2);
  }

 private:
  std::size_t cause_bytes_ = std::string::npos;
};

/// Thrown by what writes when the disk, or its user's share of it, has no room left.
class DiskFull : public Error {
 public:
  using Error::Error;
};

}  // namespace files
