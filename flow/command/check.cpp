#include <iostream>

#include "flow/command/context.h"
#include "flow/command/failure.h"
#include "flow/command/host_gpus.h"
#include "flow/command/json.h"
#include "flow/file/flow.h"

namespace flow::command {
namespace {

std::string joined(const std::vector<std::string>& parts, const std::string& separator) {
  std::string text;
  for (const auto& part : parts) text += (text.empty() ? "" : separator) + part;
  return text;
}

std::vector<std::string> names_along(const Flow& flow, const Route& route) {
  std::vector<std::string> names;
  for (const auto index : route.path) names.push_back(flow.stages.at(index).name);
  return names;
}

Json json_of(const Flow& flow) {
  Json routes = Json::array();
  for (const auto& route : flow.routes) {
    routes.push_back({{"endpoint", route.endpoint},
                      {"path", names_along(flow, route)},
                      {"serial", route.serial},
                      {"durable", route.durable},
                      {"accepts", route.accepts},
                      {"answers", route.answers}});
  }
  Json stages = Json::array();
  for (const auto& stage : flow.stages) {
    stages.push_back({{"name", stage.name},
                      {"plugin", stage.run},
                      {"library", stage.library.string()},
                      {"replicas", stage.replicas},
                      {"remote", stage.remote}});
  }
  return {{"flow", flow.name},
          {"file", flow.file.string()},
          {"listen", flow.listen},
          {"routes", routes},
          {"executors", stages}};
}

void print_text(const Flow& flow) {
  std::cout << flow.file.string() << ": flow '" << flow.name << "' is valid\n";
  for (const auto& route : flow.routes) {
    std::cout << "  " << route.endpoint << ": " << joined(route.accepts, " | ") << " -> "
              << joined(names_along(flow, route), " > ") << " -> " << joined(route.answers, " | ");
    if (!route.serial.empty())
      std::cout << "  (one at a time per " << joined(route.serial, ", ") << ")";
    std::cout << '\n';
  }
}

int run_check(const Context& context, const std::string& file) {
  const Flow flow = load_named_flow(file);
  const auto shares = checked_gpu_shares(flow, host_gpus(flow));
  if (context.json) {
    print_json(json_of(flow));
  } else {
    print_text(flow);
    for (const auto& share : shares) std::cout << "  " << text_of(flow, share) << '\n';
  }
  return exit_code::kOk;
}

}  // namespace

void add_check(App& app, Context& context) {
  auto file = std::make_shared<std::string>();
  auto* command = app.add_subcommand("check", "Check a flow file without starting anything");
  command->add_option("flow", file.get(), "Flow file (default: $SOUVENIR_FLOW or the shipped one)");
  add_output_options(*command, context);
  command->callback([&context, file] {
    context.action = [&context, file] { return run_check(context, *file); };
  });
}

}  // namespace flow::command
