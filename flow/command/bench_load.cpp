#include "flow/command/bench_load.h"

#include <iostream>

#include "executor/error.h"
#include "flow/command/failure.h"
#include "flow/command/interrupt.h"
#include "flow/command/json.h"
#include "flow/command/open_loop.h"
#include "schemas/limits.h"
#include "schemas/text.h"

namespace flow::command {
namespace {

struct LoadOptions {
  LoadPlan plan;
  std::string text = "hello";
  std::size_t bytes = 0;
  std::string owner;
};

Json json_of(const LoadFigures& f) {
  return {{"sent", f.sent},
          {"answered", f.answered},
          {"refused", f.refused},
          {"failed", f.failed},
          {"lost", f.lost},
          {"answered_per_s", f.answered_per_s},
          {"p50_ms", quantile(f.times_ms, 0.5)},
          {"p99_ms", quantile(f.times_ms, 0.99)},
          {"p999_ms", quantile(f.times_ms, 0.999)},
          {"max_ms", quantile(f.times_ms, 1)},
          {"sent_late_p50_ms", quantile(f.sent_late_ms, 0.5)},
          {"sent_late_p99_ms", quantile(f.sent_late_ms, 0.99)},
          {"first_fault", f.first_fault}};
}

int run_load(const Context& context, LoadOptions options) {
  catch_interrupt();
  std::vector<schemas::Blob> blobs;
  if (options.bytes > 0) blobs.emplace_back(std::string(options.bytes, 'x'));
  options.plan.request = schemas::Message::of(schemas::Text{options.text}, std::move(blobs));
  Caller who = caller(context);
  if (!options.owner.empty()) who.owner = options.owner;
  const std::string address = context.server.empty() ? own_address(find_places()) : context.server;
  const Json figures = json_of(run_open_loop(address, who, options.plan));
  if (context.json) {
    print_json(figures);
  } else {
    for (const auto& [key, value] : figures.items()) std::cout << key << ' ' << value << '\n';
  }
  return exit_code::kOk;
}

}  // namespace

void add_bench_load(App& bench, Context& context) {
  const auto options = std::make_shared<LoadOptions>();
  auto* command = bench.add_subcommand("load",
                                       "Send requests to a running server at a fixed rate; each "
                                       "time counts from when its request was due");
  LoadPlan& plan = options->plan;
  command->add_option("endpoint", &plan.endpoint, "A route that accepts text.v1")->required();
  command->add_option("--rate", &plan.rate_per_s, "Requests per second")
      ->check(range(0.01, 1'000'000.0));
  command->add_option("--seconds", &plan.seconds, "How long")->check(range(0.01, 86'400.0));
  command
      ->add_option("--connections", &plan.connections,
                   "Number of connections; requests use them in turn")
      ->check(range(1, kMaxConnections));
  command->add_option("--window", &plan.window, "Most open requests (0 = no limit)");
  command->add_option("--text", &options->text, "The text of each request");
  command->add_option("--bytes", &options->bytes, "Size of the blob in each request")
      ->check(range(0, schemas::kMaxBlobBytes));
  command->add_option("--owner", &options->owner,
                      "Owner of the requests, where the server believes it (default: you)");
  add_client_options(*command, context);
  command->callback([&context, options] {
    context.action = [&context, options] { return run_load(context, *options); };
  });
}

}  // namespace flow::command
