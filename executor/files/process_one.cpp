#include "executor/files/process_one.h"

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <initializer_list>

namespace files {
namespace {

bool has_left = false;

// Ends this process when the child has ended.
void collect(pid_t child) {
  int status = 0;
  for (pid_t ended = 0; (ended = ::waitpid(-1, &status, WNOHANG)) > 0;) {
    if (ended != child) continue;
    ::_exit(WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status));
  }
}

// What the terminal sends has reached the child too.
[[noreturn]] void watch(pid_t child, const sigset_t& awaited) {
  while (true) {
    siginfo_t info{};
    const int signal = ::sigwaitinfo(&awaited, &info);
    if (signal == SIGCHLD) collect(child);
    if (signal > 0 && signal != SIGCHLD && info.si_code != SI_KERNEL) ::kill(child, signal);
  }
}

}  // namespace

void leave_process_one() {
  if (::getpid() != 1) return;
  sigset_t awaited, before;
  sigemptyset(&awaited);
  for (const int signal : {SIGCHLD, SIGTERM, SIGINT, SIGHUP, SIGQUIT}) sigaddset(&awaited, signal);
  ::sigprocmask(SIG_BLOCK, &awaited, &before);
  const pid_t child = ::fork();
  if (child > 0) watch(child, awaited);
  ::sigprocmask(SIG_SETMASK, &before, nullptr);
  has_left = child == 0;  // else it works as it is
}

bool left_process_one() {
  return has_left;
}

}  // namespace files
