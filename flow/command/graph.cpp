#include "flow/file/graph.h"

#include <iostream>

#include "flow/command/context.h"
#include "flow/command/failure.h"
#include "flow/command/json.h"
#include "flow/command/running_flow.h"

namespace flow::command {
namespace {

struct GraphOptions {
  std::string file;
  std::string format = "mermaid";
};

int run_graph(const Context& context, const GraphOptions& options) {
  const Flow flow = load_shown_flow(options.file);
  const std::string text = options.format == "dot"   ? to_dot(flow)
                           : options.format == "svg" ? to_svg(flow)
                                                     : to_mermaid(flow);
  if (context.json) {
    print_json({{"flow", flow.name}, {"format", options.format}, {"graph", text}});
  } else {
    std::cout << text;
  }
  return exit_code::kOk;
}

}  // namespace

void add_graph(App& app, Context& context) {
  auto options = std::make_shared<GraphOptions>();
  auto* command = app.add_subcommand("graph", "Print a flow as a graph");
  command->add_option(
      "flow", &options->file,
      "Flow file (default: the flow that runs, else $SOUVENIR_FLOW or the shipped one)");
  command->add_option("--format", &options->format, "mermaid, dot or svg")
      ->check(one_of({"mermaid", "dot", "svg"}));
  add_output_options(*command, context);
  command->callback([&context, options] {
    context.action = [&context, options] { return run_graph(context, *options); };
  });
}

}  // namespace flow::command
