#include "executor/describe.h"

#include <unistd.h>

#include <cmath>
#include <iomanip>
#include <iostream>
#include <sstream>

#include "executor/load.h"
#include "flow/command/context.h"
#include "flow/command/failure.h"
#include "flow/file/flow.h"
#include "flow/gateway/rhythm.h"

namespace flow::command {
namespace {

std::string value_text(const schemas::Value& value) {
  if (const auto* text = std::get_if<std::string>(&value)) return '"' + *text + '"';
  if (const auto* truth = std::get_if<bool>(&value)) return *truth ? "true" : "false";
  if (const auto* whole = std::get_if<std::int64_t>(&value)) return std::to_string(*whole);
  std::ostringstream text;
  text << std::get<double>(value);
  return text.str();
}

// " from 1 to 64", " at least 1", " at most 64"; what is open is left out.
std::string range_text(const executor::Param& param) {
  const bool low = std::isfinite(param.min), high = std::isfinite(param.max);
  std::ostringstream text;
  text << std::setprecision(15);
  if (low && high) {
    text << " from " << param.min << " to " << param.max;
  } else if (low) {
    text << ", at least " << param.min;
  } else if (high) {
    text << ", at most " << param.max;
  }
  return text.str();
}

void print_text(const executor::Plugin& plugin) {
  std::cout << plugin.name << ": " << plugin.help << '\n';
  for (const auto& handler : plugin.handlers) {
    std::cout << "  accepts " << handler.accepts << ", sends";
    if (handler.emits.empty()) std::cout << " nothing";
    for (const auto& type : handler.emits) std::cout << ' ' << type;
    std::cout << (handler.stream ? " (a stream)" : "")
              << (handler.has_to_be_listed ? ", on routes that list it\n" : "\n");
  }
  for (const auto& call : plugin.calls) {
    std::cout << "  calls " << call.endpoint << ": " << call.sends << " -> " << call.returns
              << '\n';
  }
  for (const auto& param : plugin.params) {
    std::cout << "  with " << param.name << " = " << value_text(param.default_value) << "  # "
              << executor::type_name(param.default_value) << range_text(param) << ". " << param.help
              << '\n';
  }
  for (const auto& name : plugin.reads) std::cout << "  reads " << name << " of the home\n";
  for (const auto& name : plugin.writes) std::cout << "  writes " << name << " of the home\n";
  std::cout << "  abi " << plugin.abi << (plugin.gpu ? ", uses a GPU" : "")
            << (plugin.idempotent ? "" : ", not idempotent") << '\n'
            << "  silent for at most " << plugin.silence_ms
            << " ms between two signs of life; hung after "
            << usual_silence_ms(Flow().lease_ms, plugin) / 1000.0
            << " s without one (or the flow's lease, when that is longer)\n";
}

int run_describe(const Context& context, const std::string& name) {
  const auto library = executor::find_plugin(name, std::filesystem::current_path());
  // A description that stands alone has no library to open.
  const executor::Plugin described =
      executor::is_description(library) ? executor::describe(library) : executor::Plugin();
  const executor::Plugin& plugin =
      executor::is_description(library) ? described : executor::load_plugin(library);
  if (context.json) {
    std::cout << executor::to_json(plugin) << '\n';
  } else {
    print_text(plugin);
  }
  // Statics of LibTorch are not safe to destroy.
  ::_exit(end_output(exit_code::kOk));
}

}  // namespace

void add_describe(App& app, Context& context) {
  auto name = std::make_shared<std::string>();
  auto* command =
      app.add_subcommand("describe", "Show what a plugin accepts and sends, and its parameters");
  command->add_option("plugin", name.get(), "Name of the plugin, or path of its library")
      ->required();
  add_output_options(*command, context);
  command->callback([&context, name] {
    context.action = [&context, name] { return run_describe(context, *name); };
  });
}

}  // namespace flow::command
