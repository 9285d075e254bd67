#include <iostream>

#include "flow/command/context.h"
#include "flow/command/failure.h"
#include "flow/command/json.h"
#include "flow/command/server_process.h"

namespace flow::command {
namespace {

int run_steer(const Context& context, const std::string& action, const std::string& what) {
  connect_running(context, find_places())->steer(action, what);
  if (context.json) {
    print_json({{action, what}});
  } else {
    std::cout << what << '\n';
  }
  return exit_code::kOk;
}

void add(App& app, Context& context, const std::string& action, const std::string& form,
         const std::string& help) {
  auto what = std::make_shared<std::string>();
  auto* command = app.add_subcommand(action, help);
  command->add_option("what", what.get(), form)->required();
  add_client_options(*command, context);
  command->callback([&context, what, action] {
    context.action = [&context, what, action] { return run_steer(context, action, *what); };
  });
}

}  // namespace

void add_scale(App& app, Context& context) {
  add(app, context, "scale", "STAGE=N", "Run more or fewer replicas of a stage");
}

void add_swap(App& app, Context& context) {
  add(app, context, "swap", "STAGE=PLUGIN",
      "Give a stage another plugin without losing a request; a bad plugin "
      "changes nothing");
}

}  // namespace flow::command
