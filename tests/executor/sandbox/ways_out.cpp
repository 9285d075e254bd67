#include "tests/executor/sandbox/ways_out.h"

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/filter.h>
#include <linux/io_uring.h>
#include <linux/perf_event.h>
#include <linux/seccomp.h>
#include <linux/userfaultfd.h>
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/ipc.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/msg.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/shm.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

namespace ways_out {
namespace {

bool reads(const std::string& path) {
  char byte = 0;
  const int file = ::open(path.c_str(), O_RDONLY);
  return file >= 0 && ::read(file, &byte, 1) == 1;
}

bool connects(const sockaddr* to, socklen_t size, int family, int type) {
  const int socket = ::socket(family, type, 0);
  return socket >= 0 && ::connect(socket, to, size) == 0;
}

bool to_unix(const Targets& at) {
  sockaddr_un to{.sun_family = AF_UNIX, .sun_path = {}};
  std::strncpy(to.sun_path, at.socket.c_str(), sizeof to.sun_path - 1);
  return connects(reinterpret_cast<const sockaddr*>(&to), sizeof to, AF_UNIX, SOCK_STREAM);
}

sockaddr_in here(int port) {
  sockaddr_in to{};
  to.sin_family = AF_INET;
  to.sin_port = htons(static_cast<std::uint16_t>(port));
  to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return to;
}

bool to_internet(const Targets& at, int type) {
  const auto to = here(at.port);
  return connects(reinterpret_cast<const sockaddr*>(&to), sizeof to, AF_INET, type);
}

// A child that ends at once was made all the same.
bool child(long pid) {
  if (pid == 0) ::_exit(0);
  return pid > 0;
}

bool forks(const Targets&) {
  return child(::syscall(SYS_clone, SIGCHLD, nullptr, nullptr, nullptr, 0L));
}

bool forks_by_clone3(const Targets&) {
  struct {
    std::uint64_t flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls;
  } args{};
  args.exit_signal = SIGCHLD;
  return child(::syscall(SYS_clone3, &args, sizeof args));
}

bool executes(const Targets&) {
  char* const words[] = {const_cast<char*>("true"), nullptr};
  ::execve("/bin/true", words, nullptr);  // ends well
  return false;
}

bool executes_memory(const Targets&) {
  const int from = ::open("/bin/true", O_RDONLY);
  const int memory = static_cast<int>(::syscall(SYS_memfd_create, "x", 0));
  std::array<char, 65536> buffer{};
  for (ssize_t got = 0; (got = ::read(from, buffer.data(), buffer.size())) > 0;) {
    if (::write(memory, buffer.data(), static_cast<std::size_t>(got)) != got) return false;
  }
  char* const words[] = {const_cast<char*>("true"), nullptr};
  ::syscall(SYS_execveat, memory, "", words, nullptr, AT_EMPTY_PATH);
  return false;
}

bool code_in_memory(const Targets&) {
  return ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                0) != MAP_FAILED;
}

bool data_to_code(const Targets&) {
  void* page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return page != MAP_FAILED && ::mprotect(page, 4096, PROT_READ | PROT_EXEC) == 0;
}

bool data_to_code_by_key(const Targets&) {
  void* page = ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return ::syscall(SYS_pkey_mprotect, page, 4096, PROT_READ | PROT_EXEC, -1) == 0;
}

bool maps_itself(const Targets&) {
  const int file = ::open("/proc/self/exe", O_RDONLY);
  return file >= 0 &&
         ::mmap(nullptr, 4096, PROT_READ | PROT_EXEC, MAP_PRIVATE, file, 0) != MAP_FAILED;
}

bool passes_descriptor(const Targets&) {
  std::array<int, 2> ends{};
  if (::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()) != 0) return false;
  char byte = 'x';
  iovec data{&byte, 1};
  alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(int))> control{};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  cmsghdr* attached = CMSG_FIRSTHDR(&message);
  attached->cmsg_level = SOL_SOCKET;
  attached->cmsg_type = SCM_RIGHTS;
  attached->cmsg_len = CMSG_LEN(sizeof(int));
  std::memcpy(CMSG_DATA(attached), &ends[1], sizeof(int));
  return ::sendmsg(ends[0], &message, 0) == 1;
}

bool talks_by_message(const Targets&) {
  char byte = 'x';
  iovec data{&byte, 1};
  msghdr message{};
  message.msg_iov = &data;
  message.msg_iovlen = 1;
  return ::sendmsg(STDIN_FILENO, &message, 0) == 1;
}

// That there is no memory at the address is told to those alone who may look.
bool memory_of(const Targets& at, long call) {
  std::array<char, 8> buffer{};
  iovec here{buffer.data(), buffer.size()};
  iovec there{buffer.data(), buffer.size()};
  return ::syscall(call, at.victim, &here, 1L, &there, 1L, 0L) >= 0 || errno == EFAULT;
}

bool filters_away(const Targets&) {
  sock_filter allow{BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW};
  const sock_fprog program{1, &allow};
  return ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0;
}

bool mounts(const Targets& at) {
  const bool done = ::mount("none", at.folder.c_str(), "tmpfs", 0, nullptr) == 0;
  if (done) ::umount2(at.folder.c_str(), MNT_DETACH);
  return done;
}

bool by_handle(const Targets& at, bool opens) {
  alignas(file_handle) std::array<char, sizeof(file_handle) + MAX_HANDLE_SZ> room{};
  auto* handle = reinterpret_cast<file_handle*>(room.data());
  handle->handle_bytes = MAX_HANDLE_SZ;
  int mount = 0;
  if (::name_to_handle_at(AT_FDCWD, at.key.c_str(), handle, &mount, 0) != 0) return false;
  const int root = ::open(at.folder.c_str(), O_RDONLY);
  return !opens || ::open_by_handle_at(root, handle, O_RDONLY) >= 0;
}

bool opens_bpf(const Targets&) {
  union bpf_attr about {};
  about.map_type = BPF_MAP_TYPE_ARRAY;
  about.key_size = 4;
  about.value_size = 4;
  about.max_entries = 1;
  return ::syscall(SYS_bpf, BPF_MAP_CREATE, &about, sizeof about) >= 0;
}

bool opens_perf(const Targets&) {
  perf_event_attr about{};
  about.type = PERF_TYPE_SOFTWARE;
  about.size = sizeof about;
  about.config = PERF_COUNT_SW_CPU_CLOCK;
  about.exclude_kernel = 1;
  return ::syscall(SYS_perf_event_open, &about, 0, -1, -1, 0) >= 0;
}

bool opens_ring(const Targets&) {
  io_uring_params about{};
  return ::syscall(SYS_io_uring_setup, 4, &about) >= 0;
}

bool shares_memory(const Targets&) {
  const int memory = ::shm_open("/souvenir-way-out", O_CREAT | O_RDWR, 0600);
  ::shm_unlink("/souvenir-way-out");
  return memory >= 0;
}

bool raises_limit(const Targets&) {
  const rlimit more{1 << 30, RLIM_INFINITY};
  return ::setrlimit(RLIMIT_CORE, &more) == 0;
}

bool takes_memory(const Targets&) {
  constexpr std::size_t kTooMuch = std::size_t{3} << 30;
  return ::mmap(nullptr, kTooMuch, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0) != MAP_FAILED;
}

bool traces(const Targets& at) {
  if (::ptrace(PTRACE_ATTACH, at.victim, nullptr, nullptr) != 0) return false;
  ::waitpid(at.victim, nullptr, __WALL);
  ::ptrace(PTRACE_DETACH, at.victim, nullptr, nullptr);
  return true;
}

bool signals_by_descriptor(const Targets& at) {
  const auto process = static_cast<int>(::syscall(SYS_pidfd_open, at.victim, 0));
  return ::syscall(SYS_pidfd_send_signal, process, SIGCONT, nullptr, 0) == 0;
}

#if defined(__x86_64__)
// The same kernel by another door: of 32 bits, whose calls have other numbers.
bool by_32_bits(const Targets&) {
  long result = 20;  // getpid
  asm volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
  return result > 0;
}
bool by_x32(const Targets& at) {
  return ::syscall(0x40000000 + SYS_open, at.key.c_str(), O_RDONLY) >= 0;
}
#endif

std::string made(const Targets& at) {
  return at.folder + "/made";
}

}  // namespace

const std::vector<Way>& all() {
  static const std::vector<Way> ways = {
    {"open the key", [](const Targets& at) { return reads(at.key); }},
    {"open the key from the root of /proc",
     [](const Targets& at) { return reads("/proc/self/root" + at.key); }},
    {"open the key by openat2",
     [](const Targets& at) {
       std::array<std::uint64_t, 3> how{};
       return ::syscall(SYS_openat2, AT_FDCWD, at.key.c_str(), how.data(), sizeof how) >= 0;
     }},
    {"read its own environment file", [](const Targets&) { return reads("/proc/self/environ"); }},
    {"read another's environment",
     [](const Targets& at) { return reads("/proc/" + std::to_string(at.victim) + "/environ"); }},
    {"open another's memory",
     [](const Targets& at) {
       return ::open(("/proc/" + std::to_string(at.victim) + "/mem").c_str(), O_RDWR) >= 0;
     }},
    {"list a folder",
     [](const Targets& at) {
       std::array<char, 1024> buffer{};
       const int folder = ::open(at.folder.c_str(), O_RDONLY | O_DIRECTORY);
       return ::syscall(SYS_getdents64, folder, buffer.data(), buffer.size()) > 0;
     }},
    {"ask about the key",
     [](const Targets& at) {
       struct stat about {};
       return ::stat(at.key.c_str(), &about) == 0;
     }},
    {"read where its program lies",
     [](const Targets&) {
       std::array<char, 1024> buffer{};
       return ::readlink("/proc/self/exe", buffer.data(), buffer.size()) > 0;
     }},
    {"connect to the operator's socket", to_unix},
    {"connect by TCP", [](const Targets& at) { return to_internet(at, SOCK_STREAM); }},
    {"connect by UDP", [](const Targets& at) { return to_internet(at, SOCK_DGRAM); }},
    {"open a raw netlink socket",
     [](const Targets&) { return ::socket(AF_NETLINK, SOCK_RAW, 0) >= 0; }},
    {"listen",
     [](const Targets&) {
       const auto any = here(0);
       const int socket = ::socket(AF_INET, SOCK_STREAM, 0);
       return ::bind(socket, reinterpret_cast<const sockaddr*>(&any), sizeof any) == 0 &&
              ::listen(socket, 1) == 0;
     }},
    {"pass a descriptor", passes_descriptor},
    {"send a message with room for descriptors", talks_by_message},
    {"copy its socket", [](const Targets&) { return ::dup(STDIN_FILENO) >= 0; }},
    {"change its socket",
     [](const Targets&) { return ::fcntl(STDIN_FILENO, F_SETFL, O_NONBLOCK) == 0; }},
    {"fork", forks},
    {"fork by clone3", forks_by_clone3},
    {"execute a program", executes},
    {"execute memory", executes_memory},
    {"map memory for code", code_in_memory},
    {"turn data into code", data_to_code},
    {"turn data into code by a key", data_to_code_by_key},
    {"map a file as code", maps_itself},
    {"trace another", traces},
    {"kill another",
     [](const Targets& at) { return ::syscall(SYS_kill, at.victim, SIGCONT) == 0; }},
    {"kill its parent", [](const Targets&) { return ::kill(::getppid(), SIGCONT) == 0; }},
    {"signal another's thread",
     [](const Targets& at) { return ::syscall(SYS_tgkill, at.victim, at.victim, SIGCONT) == 0; }},
    {"signal another by its descriptor", signals_by_descriptor},
    {"read another's memory",
     [](const Targets& at) { return memory_of(at, SYS_process_vm_readv); }},
    {"write another's memory",
     [](const Targets& at) { return memory_of(at, SYS_process_vm_writev); }},
    {"compare itself with another",
     [](const Targets& at) {
       return ::syscall(SYS_kcmp, ::getpid(), at.victim, 1 /* KCMP_VM */, 0, 0) >= 0;
     }},
    {"limit another",
     [](const Targets& at) {
       rlimit was{};
       return ::prlimit(at.victim, RLIMIT_NOFILE, nullptr, &was) == 0;
     }},
    {"slow another down",
     [](const Targets& at) {
       return ::setpriority(PRIO_PROCESS, static_cast<id_t>(at.victim), 1) == 0;
     }},
    {"share memory by name", shares_memory},
    {"share memory by number",
     [](const Targets&) {
       const int memory = ::shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600);
       if (memory >= 0) ::shmctl(memory, IPC_RMID, nullptr);
       return memory >= 0;
     }},
    {"open a queue",
     [](const Targets&) {
       const int queue = ::msgget(IPC_PRIVATE, IPC_CREAT | 0600);
       if (queue >= 0) ::msgctl(queue, IPC_RMID, nullptr);
       return queue >= 0;
     }},
    {"make anonymous memory a file",
     [](const Targets&) { return ::syscall(SYS_memfd_create, "x", 0) >= 0; }},
    {"write a file",
     [](const Targets& at) { return ::open(made(at).c_str(), O_CREAT | O_WRONLY, 0600) >= 0; }},
    {"write the key", [](const Targets& at) { return ::open(at.key.c_str(), O_WRONLY) >= 0; }},
    {"cut the key off", [](const Targets& at) { return ::truncate(at.key.c_str(), 1) == 0; }},
    {"change the key's mode", [](const Targets& at) { return ::chmod(at.key.c_str(), 0644) == 0; }},
    {"change the key's owner",
     [](const Targets& at) { return ::chown(at.key.c_str(), ::getuid(), ::getgid()) == 0; }},
    {"move the key",
     [](const Targets& at) { return ::rename(at.key.c_str(), made(at).c_str()) == 0; }},
    {"remove the key", [](const Targets& at) { return ::unlink(at.key.c_str()) == 0; }},
    {"link the key",
     [](const Targets& at) { return ::link(at.key.c_str(), made(at).c_str()) == 0; }},
    {"link to the key",
     [](const Targets& at) { return ::symlink(at.key.c_str(), made(at).c_str()) == 0; }},
    {"make a folder", [](const Targets& at) { return ::mkdir(made(at).c_str(), 0700) == 0; }},
    {"make a pipe in the file system",
     [](const Targets& at) { return ::mkfifo(made(at).c_str(), 0600) == 0; }},
    {"make a device",
     [](const Targets& at) { return ::mknod(made(at).c_str(), S_IFCHR | 0600, 0x103) == 0; }},
    {"make a pipe",
     [](const Targets&) {
       std::array<int, 2> ends{};
       return ::pipe(ends.data()) == 0;
     }},
    {"watch a folder",
     [](const Targets& at) {
       return ::inotify_add_watch(::inotify_init(), at.folder.c_str(), IN_CREATE) >= 0;
     }},
    {"leave for another folder", [](const Targets& at) { return ::chdir(at.folder.c_str()) == 0; }},
    {"change its root", [](const Targets& at) { return ::chroot(at.folder.c_str()) == 0; }},
    {"name a file by its handle", [](const Targets& at) { return by_handle(at, false); }},
    {"open a file by its handle", [](const Targets& at) { return by_handle(at, true); }},
    {"mount", mounts},
    {"enter a user namespace", [](const Targets&) { return ::unshare(CLONE_NEWUSER) == 0; }},
    {"enter a mount namespace",
     [](const Targets&) { return ::unshare(CLONE_NEWUSER | CLONE_NEWNS) == 0; }},
    {"enter another's namespace",
     [](const Targets& at) {
       const auto process = static_cast<int>(::syscall(SYS_pidfd_open, at.victim, 0));
       return ::setns(process, CLONE_NEWIPC) == 0;
     }},
    {"become root", [](const Targets&) { return ::syscall(SYS_setuid, 0) == 0; }},
    {"become another user", [](const Targets&) { return ::syscall(SYS_setuid, 1) == 0; }},
    {"take part in other groups",
     [](const Targets&) { return ::syscall(SYS_setgroups, 0, nullptr) == 0; }},
    {"let others look into it", [](const Targets&) { return ::prctl(PR_SET_DUMPABLE, 1) == 0; }},
    {"outlive its parent", [](const Targets&) { return ::prctl(PR_SET_PDEATHSIG, 0) == 0; }},
    {"put a filter in place of the filter", filters_away},
    {"run data as code from now on",
     [](const Targets&) { return ::personality(READ_IMPLIES_EXEC) >= 0; }},
    {"raise a limit", raises_limit},
    {"take gigabytes", takes_memory},
    {"make a kernel ring", opens_ring},
    {"load a kernel program", opens_bpf},
    {"count a processor's events", opens_perf},
    {"handle its own page faults",
     [](const Targets&) { return ::syscall(SYS_userfaultfd, UFFD_USER_MODE_ONLY) >= 0; }},
    {"keep a key in the kernel",
     [](const Targets&) {
       return ::syscall(SYS_add_key, "user", "way-out", "x", 1, -3 /* its session's */) >= 0;
     }},
    {"read the kernel's keys",
     [](const Targets&) { return ::syscall(SYS_keyctl, 0 /* id */, -3, 1) >= 0; }},
    {"name the host",
     [](const Targets&) {
       std::array<char, 256> name{};
       ::gethostname(name.data(), name.size());
       return ::sethostname(name.data(), std::strlen(name.data())) == 0;
     }},
#if defined(__x86_64__)
    {"call as a program of 32 bits", by_32_bits},
    {"open the key as x32 does", by_x32},
#endif
  };
  return ways;
}

}  // namespace ways_out
