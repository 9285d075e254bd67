#pragma once

#include <string>
#include <vector>

/// What a GPU's graphs do, done on the CPU, registered with LibTorch for it: between begin and end
/// every operation of this thread, those of backward passes included, is kept with its tensors;
/// what it changed of older tensors is undone at the end, since recording computes nothing. A
/// replay does the operations again on the same memory. Whatever the recorded work takes from
/// outside its tensors stays as it was, and asking for a value throws, as on a GPU.
struct Recordings {
  int made = 0;
  int replayed = 0;
};

/// Those of the process since the last call.
Recordings take_recordings();
