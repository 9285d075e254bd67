#include <iostream>

#include "executor/files/child_process.h"
#include "flow/command/context.h"
#include "flow/command/failure.h"
#include "flow/command/json.h"
#include "flow/command/server_process.h"

namespace flow::command {
namespace {

constexpr std::uint32_t kStop_ms = 60'000;

int run_down(const Context& context) {
  const Places places = find_places();
  auto client = connect_running(context, places);
  const auto status = client->status();
  client->stop();
  // A process id means nothing on another host.
  const bool here = context.server.empty() || context.server.starts_with("ipc://");
  if (here && !files::wait_gone(static_cast<pid_t>(status.pid), kStop_ms)) {
    throw CallError({"timeout", "client", "",
                     "the server (process " + std::to_string(status.pid) + ") did not end in " +
                         std::to_string(kStop_ms / 1000) + " s",
                     "its log is " + (places.run / "server.log").string()});
  }
  if (context.json) {
    print_json({{"flow", status.flow}, {"pid", status.pid}, {"stopped", true}});
  } else {
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
