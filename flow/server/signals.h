#pragma once

namespace flow {

/// SIGTERM, SIGINT, SIGHUP and SIGCHLD as something to poll; they stay blocked for the rest of the
/// process. Make one before the process has other threads, which would take them.
class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  int descriptor() const { return descriptor_; }
  /// Reads what arrived; true when one of them asks the process to end.
  bool end_asked();

 private:
  int descriptor_;
};

}  // namespace flow
