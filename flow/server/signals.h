#pragma once

namespace flow {

/// Turns SIGTERM, SIGINT, SIGHUP and SIGCHLD into a descriptor to poll. They stay blocked for the
/// rest of the process. Create it before the process has other threads, because those would take
/// the signals.
class Signals {
 public:
  Signals();
  ~Signals();
  Signals(const Signals&) = delete;
  Signals& operator=(const Signals&) = delete;

  int descriptor() const { return descriptor_; }
  /// Reads the signals that arrived; true when one of them asks the process to end.
  bool end_asked();

 private:
  int descriptor_;
};

}  // namespace flow
