#pragma once

namespace executor {

/// How many times an OpenMP thread looks for work before it sleeps: some ten microseconds.
///
/// Measured on 2 cores with the base model: seconds for 4 pictures of 20 steps, and for a training
/// step.
///
///   alone: 1.28 and 0.184 asleep at once, 0.62 and 0.092 with 1,500 turns, 0.59 and 0.082 with
///   3,000, 0.57 and 0.076 with 4,000, 0.54 and 0.073 with 5,000, 0.53 and 0.067 with 10,000;
///   two at once: 0.96 and 0.118, 1.35 and 0.174, 1.70 and 0.229, 1.71 and 0.263, 2.20 and 0.306,
///   3.15. libgomp's own 300,000: 0.53 alone, over 22 when two compute at once.
inline constexpr int kOpenMpSpins = 4'000;

/// Makes LibTorch's OpenMP threads look for work for a moment before they sleep
/// (GOMP_SPINCOUNT=kOpenMpSpins). Changes nothing when the environment, from the user or the flow
/// file's `env`, has OMP_WAIT_POLICY, GOMP_SPINCOUNT or KMP_BLOCKTIME. An OpenMP runtime reads its
/// settings when it loads: call this before the plugin loads and before there is a second thread.
void limit_spinning();

}  // namespace executor
