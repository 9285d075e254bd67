#include "flow/server/signals.h"

#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include <initializer_list>

namespace flow {

Signals::Signals() {
  sigset_t set;
  sigemptyset(&set);
  for (const int number : {SIGTERM, SIGINT, SIGHUP, SIGCHLD}) sigaddset(&set, number);
  sigprocmask(SIG_BLOCK, &set, nullptr);
  descriptor_ = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
}

Signals::~Signals() {
  close(descriptor_);
}

bool Signals::end_asked() {
  bool asked = false;
  signalfd_siginfo info;
  while (read(descriptor_, &info, sizeof info) == sizeof info) {
    asked |= info.ssi_signo != SIGCHLD;
  }
  return asked;
}

}  // namespace flow
