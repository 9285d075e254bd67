#include <iostream>

#include "executor/error.h"
#include "flow/command/context.h"
#include "flow/command/failure.h"
#include "flow/command/json.h"
#include "flow/command/server_process.h"

namespace flow::command {
namespace {

struct Steer {
  std::string action;
  std::string what;
  std::vector<std::string> with;  ///< NAME=VALUE
};

// As texts: the server knows the types of the parameters.
schemas::Values values_in(const std::vector<std::string>& texts) {
  schemas::Values values;
  for (const auto& text : texts) {
    const auto equals = text.find('=');
    const std::string name = text.substr(0, equals);
    if (equals == text.npos || name.empty()) {
      throw executor::Error("bad_input", "'" + text + "' is not NAME=VALUE",
                            "write --with NAME=VALUE once for each parameter");
    }
    if (values.emplace(name, text.substr(equals + 1)).second) continue;
    throw executor::Error("bad_input", "--with names '" + name + "' twice", "name it once");
  }
  return values;
}

int run_steer(const Context& context, const Steer& steer) {
  const auto with = values_in(steer.with);
  connect_running(context, find_places())->steer(steer.action, steer.what, with);
  if (context.json) {
    print_json({{steer.action, steer.what}});
  } else {
    std::cout << steer.what << '\n';
  }
  return exit_code::kOk;
}

App* add(App& app, Context& context, const std::shared_ptr<Steer>& steer, const std::string& form,
         const std::string& help) {
  auto* command = app.add_subcommand(steer->action, help);
  command->add_option("what", &steer->what, form)->required();
  add_client_options(*command, context);
  command->callback([&context, steer] {
    context.action = [&context, steer] { return run_steer(context, *steer); };
  });
  return command;
}

}  // namespace

void add_scale(App& app, Context& context) {
  add(app, context, std::make_shared<Steer>(Steer{"scale", {}, {}}), "STAGE=N",
      "Run more or fewer replicas of a stage");
}

void add_swap(App& app, Context& context) {
  const auto steer = std::make_shared<Steer>(Steer{"swap", {}, {}});
  auto* command = add(app, context, steer, "STAGE=PLUGIN",
                      "Give a stage another plugin without losing a request; a bad plugin "
                      "changes nothing");
  command
      ->add_option("--with", &steer->with,
                   "NAME=VALUE: a parameter of the new plugin. Parameters that both have are kept")
      ->one_each();
}

}  // namespace flow::command
