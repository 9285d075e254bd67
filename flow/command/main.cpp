#include <algorithm>
#include <iostream>

#include "flow/command/context.h"
#include "flow/command/failure.h"
#include "flow/command/interrupt.h"
#include "flow/command/json.h"
#include "flow/command/wire_names.h"

namespace flow::command {
namespace {

// diffusers writes --max_train_steps, others --max-train-steps: accept both. The value after '=' is
// unchanged.
std::vector<std::string> read_arguments(int count, char** values) {
  std::vector<std::string> arguments(values + 1, values + count);
  for (auto& argument : arguments) {
    if (argument == "--") break;
    if (!argument.starts_with("--")) continue;
    const auto end = argument.begin() +
                     static_cast<std::ptrdiff_t>(std::min(argument.find('='), argument.size()));
    std::replace(argument.begin(), end, '_', '-');
  }
  return arguments;
}

void add_commands(App& app, Context& context) {
  add_up(app, context);
  add_down(app, context);
  add_status(app, context);
  add_check(app, context);
  add_plan(app, context);
  add_graph(app, context);
  add_describe(app, context);
  add_call(app, context);
  add_finetune(app, context);
  add_generate(app, context);
  add_identifiers(app, context);
  add_evaluate(app, context);
  add_models(app, context);
  add_jobs(app, context);
  add_keys(app, context);
  add_audit(app, context);
  add_scale(app, context);
  add_swap(app, context);
  add_stage(app, context);
  add_relay(app, context);
  add_doctor(app, context);
  add_bench(app, context);
  add_version(app, context);
}

int run(int count, char** values) {
  App app("Souvenir teaches Stable Diffusion your things and keeps every one of them.", "souvenir");
  Context context;
  app.require_subcommand(1, 1);
  add_commands(app, context);
  auto arguments = read_arguments(count, values);
  if (arguments == std::vector<std::string>{"--version"}) arguments = {"version"};
  const bool json = std::find(values, values + count, std::string_view("--json")) != values + count;
  try {
    if (!app.parse(arguments)) return 0;
  } catch (const UsageError& error) {
    report({"bad_input", "client", "", error.what(), error.command + " --help lists its arguments"},
           json);
    return exit_code::kUsage;
  }
  try {
    return end_output(context.action());
  } catch (...) {
    auto fault = fault_of(std::current_exception());
    // Its user writes the fields themselves.
    if (arguments.front() != "call") fault.hint = with_options(fault.hint);
    report(fault, context.json);
    return exit_code_of(fault, interrupted());
  }
}

}  // namespace
}  // namespace flow::command

int main(int count, char** values) {
  try {
    return flow::command::run(count, values);
  } catch (const std::exception& error) {
    std::cerr << "souvenir: " << error.what() << '\n';
    return flow::command::exit_code::kFailure;
  }
}
