#include <sys/stat.h>

#include <algorithm>
#include <iostream>

#include "executor/files/process_one.h"
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

int run(int count, char** values) {
  App app("Souvenir teaches Stable Diffusion your things and keeps every one of them.", "souvenir");
  Context context;
  app.require_subcommand(1, 1);
  add_commands(app, context);
  auto arguments = read_arguments(count, values);
  if (!arguments.empty() && arguments.front() == "--version") arguments.front() = "version";
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
  files::leave_process_one();
  ::umask(::umask(0) & ~static_cast<mode_t>(S_IRWXU));  // what it makes it has to use itself
  try {
    return flow::command::run(count, values);
  } catch (const std::exception& error) {
    std::cerr << "souvenir: " << error.what() << '\n';
    return flow::command::exit_code::kFailure;
  }
}
