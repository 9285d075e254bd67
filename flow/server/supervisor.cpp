#include "flow/server/supervisor.h"

#include <signal.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <system_error>

#include "executor/error.h"
#include "executor/stage.h"

namespace flow {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;

constexpr std::uint32_t kLongestPause_ms = 10'000;

std::string end_of(const files::ChildProcess& process, int code) {
  const int number = process.signal();
  if (number == 0) return "ended with exit code " + std::to_string(code);
  return "was killed by signal " + std::to_string(number) + " (" + strsignal(number) + ")";
}

// What a stage must not inherit: the keys of whoever started the server, its own former watcher,
// and the server's fault points.
bool is_ours(const std::string& name) {
  return name == "SOUVENIR_SUPERVISOR" || name == "SOUVENIR_TOKEN" || name == "SOUVENIR_KEY_FILE" ||
         name == "SOUVENIR_TOKEN_FILE" || name == "SOUVENIR_FAULT";
}

// The paths among the parameters: files and folders that the stage has to reach.
std::vector<std::string> paths_in(const schemas::Values& parameters) {
  std::vector<std::string> paths;
  for (const auto& [name, value] : parameters) {
    const auto* text = std::get_if<std::string>(&value);
    if (text != nullptr && text->find('/') != text->npos) paths.push_back(fs::absolute(*text));
  }
  return paths;
}

}  // namespace

Supervisor::Supervisor(const Flow& flow, Settings settings, Died died)
    : flow_(flow), settings_(std::move(settings)), died_(std::move(died)) {
  fs::create_directories(settings_.logs);
  for (std::size_t stage = 0; stage < flow_.stages.size(); ++stage) {
    if (flow_.stages[stage].remote) continue;
    for (std::uint32_t i = 0; i < flow_.stages[stage].replicas; ++i)
      processes_.push_back(process_of(stage, i, flow_.stages[stage]));
  }
}

Supervisor::~Supervisor() {
  kill_all();  // all at once; then each is waited for
}

void Supervisor::start_all(Time now) {
  for (auto& process : processes_) start_or_throw(process, now);
}

files::Spawn Supervisor::spawn_of(const Process& process) const {
  const Stage& stage = flow_.stages[process.stage];
  const std::string replica = std::to_string(process.replica);
  files::Spawn spawn;
  spawn.program = settings_.program;
  spawn.arguments = {"souvenir",  "stage",           stage.name,  "--plugin", process.library,
                     "--connect", settings_.connect, "--replica", replica};
  for (const auto& path : process.reaches) {
    spawn.arguments.insert(spawn.arguments.end(), {"--reach", path});
  }
  spawn.inherits = [](const std::string& name) { return !is_ours(name); };
  spawn.env = {stage.env.begin(), stage.env.end()};
  spawn.env["SOUVENIR_SUPERVISOR"] = std::to_string(getpid());
  spawn.output = settings_.logs / (stage.name + "-" + replica + ".log");
  spawn.append = true;
  return spawn;
}

void Supervisor::start(Process& process, Time now) {
  const Stage& stage = flow_.stages[process.stage];
  if (now - process.window_start > milliseconds(stage.restart.within_ms)) {
    process.window_start = now;
    process.starts = 0;
  }
  ++process.starts;
  process.wants_start = false;
  process.child = std::make_unique<files::ChildProcess>(spawn_of(process));
}

void Supervisor::start_or_throw(Process& process, Time now) {
  try {
    start(process, now);
  } catch (const std::system_error& error) {
    throw executor::Error("unavailable", error.what());
  }
}

void Supervisor::reap(Time now) {
  for (auto& process : processes_) {
    const auto code = process.child ? process.child->wait(0) : std::nullopt;
    if (!code) continue;
    const auto text = end_of(*process.child, *code);
    process.child.reset();
    if (!ending_ && !process.retired) plan_restart(process, text, now, code == executor::kInVain);
  }
  std::erase_if(processes_, [](const Process& each) { return each.retired && !each.child; });
}

Supervisor::Process Supervisor::process_of(std::size_t stage, std::uint32_t replica,
                                           const Stage& as) {
  return {.stage = stage, .replica = replica, .library = as.library, .reaches = paths_in(as.with)};
}

void Supervisor::add(std::size_t stage, std::uint32_t replica, const Stage& as, Time now) {
  // In the place of one that was given up.
  std::erase_if(processes_, [&](const Process& each) {
    return each.stage == stage && each.replica == replica && !each.child;
  });
  Process process = process_of(stage, replica, as);
  start_or_throw(process, now);
  processes_.push_back(std::move(process));
}

void Supervisor::retire(std::size_t stage, std::uint32_t replica) {
  for (auto& process : processes_) {
    if (process.stage != stage || process.replica != replica || process.retired) continue;
    process.retired = true;
    process.wants_start = false;
    if (process.child) process.child->send(SIGTERM);
  }
}

void Supervisor::plan_restart(Process& process, const std::string& text, Time now, bool in_vain) {
  const Restart& restart = flow_.stages[process.stage].restart;
  const bool fresh = now - process.window_start > milliseconds(restart.within_ms);
  const bool again = !in_vain && (fresh || process.starts <= restart.n);
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
    try {
      start(process, now);
    } catch (const std::system_error& error) {
      plan_restart(process, std::string("cannot be started: ") + error.code().message(), now);
    }
  }
}

void Supervisor::kill(std::size_t stage, std::uint32_t replica) {
  for (const auto& process : processes_) {
    if (process.stage == stage && process.replica == replica && process.child) {
      process.child->send(SIGKILL);
    }
  }
}

void Supervisor::ask_all_to_end() {
  ending_ = true;
  for (const auto& process : processes_) {
    if (process.child) process.child->send(SIGTERM);
  }
}

void Supervisor::kill_all() {
  ending_ = true;
  for (const auto& process : processes_) {
    if (process.child) process.child->send(SIGKILL);
  }
}

bool Supervisor::any_running() const {
  return std::any_of(processes_.begin(), processes_.end(),
                     [](const Process& process) { return process.child != nullptr; });
}

}  // namespace flow
