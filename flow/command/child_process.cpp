#include "flow/command/child_process.h"

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

namespace flow::command {
namespace {

void check(int error, const std::string& what) {
  if (error != 0) throw std::system_error(error, std::generic_category(), what);
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> found;
  for (auto& text : texts) found.push_back(text.data());
  found.push_back(nullptr);
  return found;
}

std::vector<std::string> environment_with(const std::map<std::string, std::string>& added) {
  std::vector<std::string> all;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    if (!added.contains(text.substr(0, text.find('=')))) all.push_back(text);
  }
  for (const auto& [name, value] : added) all.push_back(name + "=" + value);
  return all;
}

bool readable(int descriptor, std::uint32_t timeout_ms) {
  pollfd poller{descriptor, POLLIN, 0};
  return ::poll(&poller, 1, static_cast<int>(timeout_ms)) > 0;
}

// What posix_spawn is told; freed with it.
struct Plan {
  posix_spawn_file_actions_t files{};
  posix_spawnattr_t attributes{};

  explicit Plan(const Spawn& spawn) {
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attributes);
    if (!spawn.output.empty()) {
      const int flags = O_WRONLY | O_CREAT | (spawn.append ? O_APPEND : O_TRUNC);
      posix_spawn_file_actions_addopen(&files, 0, "/dev/null", O_RDONLY, 0);
      posix_spawn_file_actions_addopen(&files, 1, spawn.output.c_str(), flags, 0600);
      posix_spawn_file_actions_adddup2(&files, 1, 2);
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
  Plan plan(spawn);
  auto arguments = spawn.arguments;
  auto environment = environment_with(spawn.env);
  check(::posix_spawn(&pid_, arguments.at(0).c_str(), &plan.files, &plan.attributes,
                      pointers(arguments).data(), pointers(environment).data()),
        "cannot start " + arguments.at(0));
  descriptor_ = ::pidfd_open(pid_, 0);
  if (descriptor_ < 0) {
    const int error = errno;
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
    check(error, "cannot watch " + arguments.at(0));
  }
}

ChildProcess::~ChildProcess() {
  if (!released_) terminate();
  if (descriptor_ >= 0) ::close(descriptor_);
}

std::optional<int> ChildProcess::wait(std::uint32_t timeout_ms) {
  if (code_ || !readable(descriptor_, timeout_ms)) return code_;
  int status = 0;
  if (::waitpid(pid_, &status, 0) == pid_) {
    code_ = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
  }
  return code_;
}

int ChildProcess::terminate(std::uint32_t grace_ms) {
  for (const int signal : {SIGTERM, SIGKILL}) {
    if (code_) break;
    ::kill(pid_, signal);
    // A signal to this process may cut the first wait short.
    for (int tries = 0; tries < 2 && !wait(grace_ms); ++tries) {
    }
  }
  return code_.value_or(-1);
}

std::filesystem::path this_program() {
  return std::filesystem::read_symlink("/proc/self/exe");
}

bool wait_gone(pid_t pid, std::uint32_t timeout_ms) {
  const int descriptor = ::pidfd_open(pid, 0);
  if (descriptor < 0) return errno == ESRCH;
  const bool gone = readable(descriptor, timeout_ms);
  ::close(descriptor);
  return gone;
}

void end_with_parent(pid_t parent) {
  ::prctl(PR_SET_PDEATHSIG, SIGTERM);
  if (::getppid() != parent) ::raise(SIGTERM);  // it ended before we asked
}

}  // namespace flow::command
