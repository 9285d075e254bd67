#pragma once

#include <stdexcept>
#include <string>
#include <utility>

namespace executor {

/// An executor or the engine throws this when it can name the fault. It fails one message, not the
/// process. schemas/fault.h lists the codes; the host adds stage and job.
///
/// Visible by default, because a plugin throws it and the host catches it by type.
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

/// Outbox throws this when the job was cancelled. Let it unwind; the host reports the cancellation.
class __attribute__((visibility("default"))) Cancelled : public std::runtime_error {
 public:
  Cancelled() : std::runtime_error("cancelled") {}
};

}  // namespace executor
