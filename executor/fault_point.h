#pragma once

namespace executor {

/// Whether SOUVENIR_FAULT is set in this process's environment. Read once, when the library loads.
extern const bool kFaultsOn;

/// What fault_point() does when faults are on.
void reach_fault_point(const char* point);

/// A named place where a test makes this process fail. With SOUVENIR_FAULT = "POINT,N,KIND,FILE"
/// the process fails the N-th time it reaches POINT, unless FILE exists. It creates FILE first, so
/// the next process survives. KIND is kill (SIGKILL), stop (SIGSTOP), exit (code 86), hang (until
/// FILE.go exists, as a slow disk does), throw (std::runtime_error), disk (std::filesystem's error
/// for a full disk) or memory (std::bad_alloc). Without the variable this only reads a constant.
inline void fault_point(const char* point) {
  if (kFaultsOn) reach_fault_point(point);
}

}  // namespace executor
