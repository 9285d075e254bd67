#include "executor/files/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <system_error>

extern "C" {  // glibc 2.36 forgets to say so
#include <sys/pidfd.h>
}

namespace files {
namespace {

constexpr int kForever_ms = -1;
constexpr int kUnknownCode = -1;  // where ends are collected by nobody: SIGCHLD is ignored

void check(int error, const std::string& what) {
  if (error != 0) throw std::system_error(error, std::generic_category(), what);
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> found;
  for (auto& text : texts) found.push_back(text.data());
  found.push_back(nullptr);
  return found;
}

std::vector<std::string> environment_of(const Spawn& spawn) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry, name = text.substr(0, text.find('='));
    const bool passed_on = !spawn.inherits || spawn.inherits(name);
    if (passed_on && !spawn.env.contains(name)) all.push_back(text);
  }
  for (const auto& [name, value] : spawn.env) all.push_back(name + "=" + value);
  return all;
}

bool readable(int descriptor, int timeout_ms) {
  pollfd poller{descriptor, POLLIN, 0};
  return ::poll(&poller, 1, timeout_ms) > 0;
}

// What posix_spawn is told; freed with it.
struct Plan {
  posix_spawn_file_actions_t files{};
  posix_spawnattr_t attributes{};

  explicit Plan(const Spawn& spawn) {
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
    if (spawn.input >= 0) {
      posix_spawn_file_actions_adddup2(&files, spawn.input, STDIN_FILENO);
    } else if (!spawn.output.empty()) {
      posix_spawn_file_actions_addopen(&files, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    }
    if (!spawn.output.empty()) {
      const int flags = O_WRONLY | O_CREAT | (spawn.append ? O_APPEND : O_TRUNC);
      posix_spawn_file_actions_addopen(&files, STDOUT_FILENO, spawn.output.c_str(), flags, 0600);
      posix_spawn_file_actions_adddup2(&files, STDOUT_FILENO, STDERR_FILENO);
    }
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes, &none);
    short flags = POSIX_SPAWN_SETSIGMASK;
    if (spawn.new_session) flags |= POSIX_SPAWN_SETSID;
    posix_spawnattr_setflags(&attributes, flags);
  }
  ~Plan() {
    posix_spawn_file_actions_destroy(&files);
    posix_spawnattr_destroy(&attributes);
  }
  Plan(const Plan&) = delete;
  Plan& operator=(const Plan&) = delete;
};

}  // namespace

ChildProcess::ChildProcess(const Spawn& spawn) {
  const Plan plan(spawn);
  auto arguments = spawn.arguments;
  auto environment = environment_of(spawn);
  const std::string program = spawn.program.empty() ? arguments.at(0) : spawn.program.string();
  check(::posix_spawn(&pid_, program.c_str(), &plan.files, &plan.attributes,
                      pointers(arguments).data(), pointers(environment).data()),
        "cannot start " + program);
  descriptor_ = ::pidfd_open(pid_, 0);
  if (descriptor_ < 0) {
    const int error = errno;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    check(error, "cannot watch " + program);
  }
}

ChildProcess::~ChildProcess() {
  if (!released_) terminate();
  ::close(descriptor_);
}

std::optional<int> ChildProcess::wait(std::uint32_t timeout_ms) {
  if (code_ || !readable(descriptor_, static_cast<int>(timeout_ms))) return code_;
  int status = 0;
  if (::waitpid(pid_, &status, 0) != pid_) return code_ = kUnknownCode;
  signal_ = WIFSIGNALED(status) ? WTERMSIG(status) : 0;
  return code_ = signal_ != 0 ? 128 + signal_ : WEXITSTATUS(status);
}

void ChildProcess::send(int signal) const {
  if (!code_) ::kill(pid_, signal);
}

int ChildProcess::terminate(std::uint32_t grace_ms) {
  send(SIGTERM);
  // A signal to this process may cut the first wait short.
  for (int tries = 0; tries < 2; ++tries) {
    if (const auto code = wait(grace_ms)) return *code;
  }
  return kill();
}

int ChildProcess::kill() {
  send(SIGKILL);
  while (!wait(static_cast<std::uint32_t>(kForever_ms))) {
  }
  return *code_;
}

std::filesystem::path this_program() {
  return std::filesystem::read_symlink("/proc/self/exe");
}

bool wait_gone(pid_t pid, std::uint32_t timeout_ms) {
  const int descriptor = ::pidfd_open(pid, 0);
  if (descriptor < 0) return errno == ESRCH;
  const bool gone = readable(descriptor, static_cast<int>(timeout_ms));
  ::close(descriptor);
  return gone;
}

void end_with_parent(pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::raise(SIGTERM);  // it ended before we asked
}

}  // namespace files
