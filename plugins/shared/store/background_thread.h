#pragma once

#include <csignal>
#include <thread>
#include <utility>

namespace store {

/// A thread for what is too slow for the one that runs the executor. Signals stay with that one.
/// `work` takes a std::stop_token.
template <typename Work>
std::jthread background_thread(Work work) {
  sigset_t all, before;
  sigfillset(&all);
  pthread_sigmask(SIG_SETMASK, &all, &before);
  std::jthread thread(std::move(work));
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  return thread;
}

}  // namespace store
