#include "pictures/decoder_sandbox.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <fstream>
#include <opencv2/core.hpp>
#include <string>
#include <string_view>

#include "executor/sandbox/landlock.h"
#include "executor/sandbox/namespaces.h"
#include "executor/sandbox/rights.h"
#include "executor/sandbox/sanitized.h"
#include "executor/sandbox/system_call_filter.h"
#include "pictures/decoder_wire.h"
#include "pictures/picture.h"
#include "pictures/warm_pictures.h"

namespace pictures {
namespace {

constexpr int kWarmSide = 16;

void try_decoding(std::string_view bytes) {
  try {
    decode_square(bytes, kWarmSide);
  } catch (const PictureFault&) {  // of the damaged ones
  }
}

std::uint64_t address_space_bytes() {
  std::uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  return pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
}

// The last descriptors are opened before it, and those there are stay: poll() refuses with fewer.
void limit_resources(std::uint64_t memory_bytes) {
  sandbox::limit(RLIMIT_FSIZE, 0);
  sandbox::limit(RLIMIT_NPROC, 0);
  sandbox::limit(RLIMIT_MEMLOCK, 0);
  sandbox::limit(RLIMIT_MSGQUEUE, 0);
  // Sanitizers have large shadows, and look through a pipe whether an object's memory is there.
  if (sandbox::kSanitized) return;
  sandbox::limit(RLIMIT_AS, memory_bytes);
  sandbox::limit(RLIMIT_NOFILE, STDERR_FILENO + 1);
}

// The one socket, without an address, and without descriptors on the way.
void allow_talking(sandbox::SystemCallFilter& filter) {
  filter.allow("recvfrom", {{0, kDecoderSocket}, {4, 0}});
  filter.allow("sendto", {{0, kDecoderSocket}, {4, 0}});
  filter.allow("poll");
  filter.allow("ppoll");
  filter.allow("restart_syscall");  // poll() after SIGSTOP and SIGCONT
  for (const auto output : {STDOUT_FILENO, STDERR_FILENO}) {
    filter.allow("write", {{0, static_cast<std::uint64_t>(output)}});
    filter.allow("writev", {{0, static_cast<std::uint64_t>(output)}});
  }
}

// Memory that no file backs and no code runs in.
void allow_memory(sandbox::SystemCallFilter& filter) {
  filter.allow("mmap", {{2, 0, PROT_EXEC}, {3, MAP_ANONYMOUS, MAP_ANONYMOUS}});
  filter.allow("mprotect", {{2, 0, PROT_EXEC}});
  for (const auto* call : {"munmap", "mremap", "madvise", "brk"}) filter.allow(call);
}

void allow_itself(sandbox::SystemCallFilter& filter) {
  filter.allow("tgkill", {{0, static_cast<std::uint64_t>(::getpid())}});  // abort()
  for (const auto* call :
       {"exit", "exit_group", "futex", "rt_sigprocmask", "rt_sigreturn", "getpid", "gettid",
        "clock_gettime", "gettimeofday", "sched_yield", "getrandom"}) {
    filter.allow(call);
  }
}

void filter_system_calls() {
  sandbox::SystemCallFilter filter;
  allow_talking(filter);
  allow_memory(filter);
  allow_itself(filter);
  // What a library may look for when it makes an error's text, and does without.
  for (const auto* call : {"open", "openat", "stat", "newfstatat", "fstat", "statx", "access",
                           "readlink", "readlinkat", "ioctl", "sysinfo", "sched_getaffinity"}) {
    filter.refuse(call, EPERM);
  }
  filter.close();
}

}  // namespace

void warm_up() {
  cv::setNumThreads(1);
  for (const auto picture : {kWarmPng, kWarmJpeg, kWarmWebp, kWarmLosslessWebp}) {
    try_decoding(picture);
    std::string damaged(picture);
    for (auto at = damaged.size() / 2; at < damaged.size() * 3 / 4; ++at) damaged[at] ^= 0x55;
    try_decoding(damaged);
  }
}

Closed close_decoder(std::uint64_t decode_bytes) {
  Closed closed;
  sandbox::close_descriptors_from(STDERR_FILENO + 1);
  const auto memory_bytes = address_space_bytes() + decode_bytes;
  closed.own_namespaces = sandbox::enter_own_namespaces();
  sandbox::give_up_capabilities();
  sandbox::give_up_new_rights();
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);  // last of those that change who it is, which would end it
  if (!sandbox::kSanitized) {
    closed.landlock = sandbox::landlock_version();
    if (closed.landlock > 0) sandbox::Landlock(sandbox::Landlocked::everything).close();
  }
  limit_resources(memory_bytes);
  if (!sandbox::kSanitized) filter_system_calls();
  return closed;
}

std::string text_of(const Closed& closed) {
  std::string text = "pictures are decoded without files, network and processes: system calls";
  if (closed.landlock > 0) text += ", Landlock " + std::to_string(closed.landlock);
  if (closed.own_namespaces) text += ", namespaces of its own";
  if (closed.landlock == 0) text += "; this kernel has no Landlock";
  if (!closed.own_namespaces) text += "; namespaces are not allowed here";
  return text;
}

}  // namespace pictures
