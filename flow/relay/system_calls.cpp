#include "flow/relay/system_calls.h"

#include <linux/sockios.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>

#include "executor/sandbox/landlock.h"
#include "executor/sandbox/sanitized.h"
#include "executor/sandbox/system_call_filter.h"

namespace flow::relay {
namespace {

constexpr std::uint64_t kKind = SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC;

// Without descriptors on the way, and without an address: a Unix socket's is in connect().
void allow_passing(sandbox::SystemCallFilter& filter) {
  filter.allow("recvfrom", {{4, 0}});
  filter.allow("sendto", {{4, 0}});
  filter.allow("socket", {{0, AF_UNIX}, {1, kKind}});
  filter.allow("ioctl", {{1, SIOCOUTQ}});
  for (const auto* call : {"accept4", "connect", "setsockopt", "shutdown", "close", "epoll_wait",
                           "epoll_pwait", "epoll_ctl", "restart_syscall"}) {
    filter.allow(call);
  }
  for (const auto output : {STDOUT_FILENO, STDERR_FILENO}) {
    filter.allow("write", {{0, static_cast<std::uint64_t>(output)}});
    filter.allow("writev", {{0, static_cast<std::uint64_t>(output)}});
  }
}

// Memory that no file backs and no code runs in, and its own end.
void allow_itself(sandbox::SystemCallFilter& filter) {
  filter.allow("mmap", {{2, 0, PROT_EXEC}, {3, MAP_ANONYMOUS, MAP_ANONYMOUS}});
  filter.allow("mprotect", {{2, 0, PROT_EXEC}});
  filter.allow("tgkill", {{0, static_cast<std::uint64_t>(::getpid())}});  // abort()
  for (const auto* call :
       {"munmap", "mremap", "madvise", "brk", "exit", "exit_group", "futex", "rt_sigprocmask",
        "rt_sigreturn", "getpid", "gettid", "clock_gettime", "gettimeofday", "getrandom"}) {
    filter.allow(call);
  }
}

}  // namespace

// A connected socket can be connected anew, to any host: Landlock refuses that, from its version 4
// on.
void keep_few_system_calls() {
  if (sandbox::kSanitized) return;
  if (sandbox::landlock_version() > 0) sandbox::Landlock(sandbox::Landlocked::everything).close();
  sandbox::SystemCallFilter filter;
  allow_passing(filter);
  allow_itself(filter);
  // What a library may look for when it makes an error's text, and does without.
  for (const auto* call : {"open", "openat", "stat", "newfstatat", "fstat", "statx", "readlink"}) {
    filter.refuse(call, EPERM);
  }
  filter.close();
}

}  // namespace flow::relay
