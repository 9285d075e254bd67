#include <zmq.h>

#include <iostream>

#include "executor/plugin.h"
#include "flow/command/context.h"
#include "flow/command/failure.h"
#include "flow/command/json.h"
#include "schemas/header.h"

namespace flow::command {
namespace {

int run_version(const Context& context) {
  int major = 0, minor = 0, patch = 0;
  ::zmq_version(&major, &minor, &patch);
  const std::string zmq =
      std::to_string(major) + '.' + std::to_string(minor) + '.' + std::to_string(patch);
  if (context.json) {
    print_json({{"version", SOUVENIR_VERSION},
                {"protocol", schemas::kProtocol},
                {"plugin_abi", executor::kAbi},
                {"libzmq", zmq}});
  } else {
    std::cout << "souvenir " << SOUVENIR_VERSION << " (protocol " << schemas::kProtocol
              << ", plugin abi " << executor::kAbi << ", libzmq " << zmq << ")\n";
  }
  return exit_code::kOk;
}

}  // namespace

void add_version(App& app, Context& context) {
  auto* command = app.add_subcommand(
      "version", "Show the versions of the program, the protocol and the plugin abi");
  add_output_options(*command, context);
  command->callback([&context] { context.action = [&context] { return run_version(context); }; });
}

}  // namespace flow::command
