#pragma once

namespace executor {

/// Asks OpenMP, which LibTorch computes with, to let a thread that waits sleep at once
/// (OMP_WAIT_POLICY=passive; libgomp and LLVM's runtime both obey it). Says nothing when the
/// environment, the user's or the flow file's `env`, holds OMP_WAIT_POLICY, GOMP_SPINCOUNT or
/// KMP_BLOCKTIME. An OpenMP runtime reads its settings as it is loaded: call before the plugin is,
/// and before there is a second thread.
///
/// By default libgomp spins 300,000 turns first. Alone that gains nothing measurable; but two
/// processes that compute at once then take the cores from each other's working threads, and a
/// training beside another one slows down tenfold instead of twofold.
void let_waiting_threads_sleep();

}  // namespace executor
