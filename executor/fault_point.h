#pragma once

namespace executor {

/// Whether SOUVENIR_FAULT is set in this process's environment; read once, when it is loaded.
extern const bool kFaultsOn;

/// What fault_point() does when faults are on.
void reach_fault_point(const char* point);

/// A named place where a test makes this process fail. SOUVENIR_FAULT = "POINT,N,KIND,FILE" does so
/// the N-th time that the process comes by, unless FILE exists; FILE is made then, so that the next
/// process lives. KIND is kill (SIGKILL), stop (SIGSTOP), exit (code 86), throw
/// (std::runtime_error), disk (std::filesystem's error of a disk without room) or memory
/// (std::bad_alloc). Without the variable: a look at a constant.
inline void fault_point(const char* point) {
  if (kFaultsOn) reach_fault_point(point);
}

}  // namespace executor
