#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace executor {

/// What an executor (or the engine) throws when it can name the fault. Fails one message, not the
/// process. `code` is one of those in schemas/fault.h; the host adds stage and job.
///
/// Visible by default: thrown in a plugin, caught by type in the host.
class __attribute__((visibility("default"))) Error : public std::runtime_error {
 public:
  Error(std::string code, const std::string& cause, std::string hint = "")
      : std::runtime_error(cause), code_(std::move(code)), hint_(std::move(hint)) {}

  const std::string& code() const { return code_; }
  const std::string& hint() const { return hint_; }

 private:
  std::string code_;
  std::string hint_;
};

/// Thrown by Outbox when the job was cancelled: unwind, and the host reports the cancellation.
class __attribute__((visibility("default"))) Cancelled : public std::runtime_error {
 public:
  Cancelled() : std::runtime_error("cancelled") {}
};

}  // namespace executor
