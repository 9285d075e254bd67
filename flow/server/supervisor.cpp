#include "flow/server/supervisor.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>

#include "executor/error.h"

extern char** environ;

namespace flow {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr std::uint32_t kLongestPause_ms = 10'000;

std::string text_of_status(int status) {
  if (WIFSIGNALED(status)) {
    const int number = WTERMSIG(status);
    return "was killed by signal " + std::to_string(number) + " (" + strsignal(number) + ")";
  }
  return "ended with exit code " + std::to_string(WEXITSTATUS(status));
}

std::vector<char*> pointers(std::vector<std::string>& texts) {
  std::vector<char*> out;
  for (auto& text : texts) out.push_back(text.data());
  out.push_back(nullptr);
  return out;
}

// What a stage must not inherit: the keys of whoever started the server, its own former watcher,
// and the server's fault points.
bool is_ours(const std::string& name) {
  return name == "SOUVENIR_SUPERVISOR" || name == "SOUVENIR_TOKEN" || name == "SOUVENIR_KEY_FILE" ||
         name == "SOUVENIR_TOKEN_FILE" || name == "SOUVENIR_FAULT";
}

// Our environment, what the flow file adds, and who watches.
std::vector<std::string> environment(const Stage& stage) {
  std::vector<std::string> out;
  for (char** entry = environ; *entry != nullptr; ++entry) {
    const std::string text = *entry;
    const std::string name = text.substr(0, text.find('='));
    if (!is_ours(name) && !stage.env.contains(name)) out.push_back(text);
  }
  for (const auto& [name, value] : stage.env) out.push_back(name + "=" + value);
  out.push_back("SOUVENIR_SUPERVISOR=" + std::to_string(getpid()));
  return out;
}

// posix_spawn, not fork: the process has a ZeroMQ context, which a forked child must not touch.
class SpawnSettings {
 public:
  explicit SpawnSettings(const fs::path& log) {
    posix_spawn_file_actions_init(&files_);
    posix_spawn_file_actions_addopen(&files_, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&files_, 1, log.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    posix_spawn_file_actions_adddup2(&files_, 1, 2);
    posix_spawnattr_init(&attributes_);
    sigset_t none;
    sigemptyset(&none);
    posix_spawnattr_setsigmask(&attributes_, &none);
    // A group of its own: Ctrl-C at a terminal reaches the server, which stops its stages in order.
    posix_spawnattr_setpgroup(&attributes_, 0);
    posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETPGROUP);
  }
  ~SpawnSettings() {
    posix_spawn_file_actions_destroy(&files_);
    posix_spawnattr_destroy(&attributes_);
  }
  SpawnSettings(const SpawnSettings&) = delete;
  SpawnSettings& operator=(const SpawnSettings&) = delete;

  int spawn(pid_t& pid, const fs::path& program, std::vector<std::string> arguments,
            std::vector<std::string> environment) const {
    return posix_spawn(&pid, program.c_str(), &files_, &attributes_, pointers(arguments).data(),
                       pointers(environment).data());
  }

 private:
  posix_spawn_file_actions_t files_;
  posix_spawnattr_t attributes_;
};

}  // namespace

Supervisor::Supervisor(const Flow& flow, Settings settings, Died died)
    : flow_(flow), settings_(std::move(settings)), died_(std::move(died)) {
  fs::create_directories(settings_.logs);
  for (std::size_t stage = 0; stage < flow_.stages.size(); ++stage) {
    if (flow_.stages[stage].remote) continue;
    for (std::uint32_t i = 0; i < flow_.stages[stage].replicas; ++i)
      processes_.push_back({stage, i, flow_.stages[stage].library});
  }
}

Supervisor::~Supervisor() {
  kill_all();
  for (auto& process : processes_) {
    if (process.pid != 0) waitpid(process.pid, nullptr, 0);
  }
}

void Supervisor::start_all(Time now) {
  for (auto& process : processes_) start_or_throw(process, now);
}

int Supervisor::start(Process& process, Time now) {
  const Stage& stage = flow_.stages[process.stage];
  if (now - process.window_start > milliseconds(stage.restart.within_ms)) {
    process.window_start = now;
    process.starts = 0;
  }
  ++process.starts;
  process.wants_start = false;
  const std::string replica = std::to_string(process.replica);
  const SpawnSettings settings(settings_.logs / (stage.name + "-" + replica + ".log"));
  const int error = settings.spawn(process.pid, settings_.program,
                                   {"souvenir", "stage", stage.name, "--plugin", process.library,
                                    "--connect", settings_.connect, "--replica", replica},
                                   environment(stage));
  if (error != 0) process.pid = 0;
  return error;
}

void Supervisor::start_or_throw(Process& process, Time now) {
  const int error = start(process, now);
  if (error == 0) return;
  throw executor::Error("unavailable",
                        "cannot start " + settings_.program.string() + ": " + strerror(error));
}

void Supervisor::reap(Time now) {
  for (auto& process : processes_) {
    int status = 0;
    if (process.pid == 0 || waitpid(process.pid, &status, WNOHANG) != process.pid) continue;
    process.pid = 0;
    if (!ending_ && !process.retired) plan_restart(process, text_of_status(status), now);
  }
  std::erase_if(processes_, [](const Process& each) { return each.retired && each.pid == 0; });
}

void Supervisor::add(std::size_t stage, std::uint32_t replica, const fs::path& library, Time now) {
  // In the place of one that was given up.
  std::erase_if(processes_, [&](const Process& each) {
    return each.stage == stage && each.replica == replica && each.pid == 0;
  });
  Process process{stage, replica, library};
  start_or_throw(process, now);
  processes_.push_back(std::move(process));
}

void Supervisor::retire(std::size_t stage, std::uint32_t replica) {
  for (auto& process : processes_) {
    if (process.stage != stage || process.replica != replica || process.retired) continue;
    process.retired = true;
    process.wants_start = false;
    if (process.pid != 0) ::kill(process.pid, SIGTERM);
  }
}

void Supervisor::plan_restart(Process& process, const std::string& text, Time now) {
  const Restart& restart = flow_.stages[process.stage].restart;
  const bool fresh = now - process.window_start > milliseconds(restart.within_ms);
  const bool again = fresh || process.starts <= restart.n;
  if (again) {
    const std::uint32_t doublings = std::min(fresh ? 0u : process.starts - 1, 16u);
    const std::uint64_t pause = static_cast<std::uint64_t>(restart.wait_ms) << doublings;
    process.next_start = now + milliseconds(std::min<std::uint64_t>(pause, kLongestPause_ms));
    process.wants_start = true;
  }
  died_(process.stage, process.replica, text, again);
}

void Supervisor::tick(Time now) {
  for (auto& process : processes_) {
    if (!process.wants_start || ending_ || now < process.next_start) continue;
    // As one that ends at once: the host may have too many processes, for a while.
    const int error = start(process, now);
    if (error != 0)
      plan_restart(process, std::string("cannot be started: ") + strerror(error), now);
  }
}

void Supervisor::kill(std::size_t stage, std::uint32_t replica) {
  for (const auto& process : processes_) {
    if (process.stage == stage && process.replica == replica && process.pid != 0) {
      ::kill(process.pid, SIGKILL);
    }
  }
}

void Supervisor::ask_all_to_end() {
  ending_ = true;
  for (const auto& process : processes_) {
    if (process.pid != 0) ::kill(process.pid, SIGTERM);
  }
}

void Supervisor::kill_all() {
  ending_ = true;
  for (const auto& process : processes_) {
    if (process.pid != 0) ::kill(process.pid, SIGKILL);
  }
}

bool Supervisor::any_running() const {
  return std::any_of(processes_.begin(), processes_.end(),
                     [](const Process& process) { return process.pid != 0; });
}

}  // namespace flow
