#include <chrono>
#include <iostream>

#include "executor/files/child_process.h"
#include "executor/files/file_lock.h"
#include "flow/command/context.h"
#include "flow/command/failure.h"
#include "flow/command/json.h"
#include "flow/command/server_process.h"

namespace flow::command {
namespace {

constexpr std::uint32_t kStop_ms = 60'000;
constexpr std::chrono::milliseconds kLook{20};

struct Late {};

// Whether this installation's server has ended: its lock is free. Its process id says nothing in
// another container that shares the home.
bool wait_unlocked(const std::filesystem::path& file) {
  if (!std::filesystem::exists(file)) return true;
  const auto end = std::chrono::steady_clock::now() + std::chrono::milliseconds(kStop_ms);
  const auto give_up = [end] {
    if (std::chrono::steady_clock::now() > end) throw Late();
  };
  files::FileLock lock(file);
  try {
    lock.lock(give_up, kLook);
  } catch (const Late&) {
    return false;
  }
  std::error_code gone_already;
  std::filesystem::remove(file, gone_already);  // before it is let go, as the server does
  return true;
}

bool wait_ended(const Context& context, const Places& places, std::int64_t pid) {
  if (context.server.empty()) return wait_unlocked(places.run / "server.lock");
  return files::wait_gone(static_cast<pid_t>(pid), kStop_ms);
}

// A flow that is down already is no fault of anybody.
std::unique_ptr<Client> connect_to_stop(const Context& context, const Places& places) {
  try {
    return connect_running(context, places);
  } catch (CallError& error) {
    auto& fault = error.fault;
    if (!context.server.empty() || fault.code != "unavailable") throw;
    fault.cause = "nothing is running in " + places.home.string() + ": " + fault.cause;
    fault.hint =
        "there is nothing to stop; the flow of another home is stopped with its "
        "SOUVENIR_HOME";
    throw;
  }
}

int run_down(const Context& context) {
  const Places places = find_places();
  auto client = connect_to_stop(context, places);
  const auto status = client->status();
  client->stop();
  // A process id means nothing on another host.
  const bool here = context.server.empty() || context.server.starts_with("ipc://");
  if (here && !wait_ended(context, places, status.pid)) {
    throw CallError({"timeout", "client", "",
                     "the server (process " + std::to_string(status.pid) + ") did not end in " +
                         std::to_string(kStop_ms / 1000) + " s",
                     "its log is " + (places.run / "server.log").string()});
  }
  if (context.json) {
    print_json({{"flow", status.flow}, {"pid", status.pid}, {"stopped", true}});
  } else if (!context.quiet) {
    std::cout << status.flow << (here ? " has stopped\n" : " is stopping\n");
  }
  return exit_code::kOk;
}

}  // namespace

void add_down(App& app, Context& context) {
  auto* command = app.add_subcommand("down", "Stop the running flow and wait for its end");
  add_client_options(*command, context);
  command->callback([&context] { context.action = [&context] { return run_down(context); }; });
}

}  // namespace flow::command
