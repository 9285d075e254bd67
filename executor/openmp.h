#pragma once

namespace executor {

/// Turns in which an OpenMP thread looks for work before it sleeps: some ten microseconds.
///
/// Measured on 2 cores with the base model: seconds for 4 pictures of 20 steps, and for a training
/// step.
///
///                    sleeps at once   1,500         3,000         10,000        libgomp's 300,000
///   alone            1.28, 0.184      0.62, 0.092   0.55, 0.078   0.54, 0.067   0.53
///   two at once      0.96, 0.118      1.35, 0.174   1.70, 0.229   3.15          over 22
inline constexpr int kOpenMpSpins = 3'000;

/// Has the threads of OpenMP, which LibTorch computes with, look for work for a moment before they
/// sleep (GOMP_SPINCOUNT=kOpenMpSpins). Says nothing when the environment, the user's or the flow
/// file's `env`, holds OMP_WAIT_POLICY, GOMP_SPINCOUNT or KMP_BLOCKTIME. An OpenMP runtime reads
/// its settings as it is loaded: call before the plugin is, and before there is a second thread.
void limit_spinning();

}  // namespace executor
