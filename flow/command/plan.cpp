#include <iomanip>
#include <iostream>

#include "flow/command/context.h"
#include "flow/command/failure.h"
#include "flow/command/host_gpus.h"
#include "flow/command/json.h"
#include "flow/command/running_flow.h"

namespace flow::command {
namespace {

Json json_of(const Flow& flow, const std::vector<GpuShare>& shares) {
  Json out = Json::array();
  for (const auto& share : shares) {
    Json names = Json::array();
    for (const std::size_t stage : share.stages) names.push_back(flow.stages[stage].name);
    out.push_back({{"gpu", share.gpu},
                   {"executors", names},
                   {"budget_bytes", share.budget_bytes},
                   {"memory_bytes", share.memory_bytes ? Json(*share.memory_bytes) : Json()}});
  }
  return out;
}

Json json_of(const Flow& flow) {
  Json processes = Json::array();
  std::uint32_t count = 1;  // the gateway
  std::uint32_t gpus = 0;
  bool shared = false;
  for (const auto& stage : flow.stages) {
    if (!stage.remote) count += stage.replicas;
    if (!stage.remote) gpus += stage.gpu * stage.replicas;
    shared = shared || stage.shares_gpu;
    processes.push_back({{"name", stage.name},
                         {"plugin", stage.run},
                         {"with", json_of_values(stage.with)},
                         {"replicas", stage.replicas},
                         {"host", stage.remote ? "remote" : "local"},
                         {"gpu", stage.shares_gpu ? Json("share") : Json(stage.gpu)},
                         {"gpu_memory_bytes", stage.gpu_memory_bytes},
                         {"queue_items", stage.queue_items},
                         {"when_full", stage.when_full == WhenFull::reject ? "reject" : "block"},
                         {"timeout_ms", stage.timeout_ms},
                         {"connects_to", flow.listen.front()}});
  }
  if (shared) ++gpus;  // one for all of them
  Json routes = Json::array();
  for (const auto& route : flow.routes) {
    routes.push_back(
        {{"endpoint", route.endpoint}, {"durable", route.durable}, {"serial", route.serial}});
  }
  return {{"flow", flow.name},      {"listen", flow.listen},     {"processes", count},
          {"gpus", gpus},           {"lease_ms", flow.lease_ms}, {"beat_ms", flow.beat_ms},
          {"executors", processes}, {"routes", routes}};
}

void print_text(const Json& plan) {
  std::cout << plan["processes"].get<int>() << " processes on this host, "
            << plan["gpus"].get<int>() << " GPUs; listens on";
  for (const auto& address : plan["listen"]) std::cout << ' ' << address.get<std::string>();
  std::cout << "\n  " << std::left << std::setw(16) << "executor" << std::setw(16) << "plugin"
            << std::setw(10) << "replicas" << std::setw(8) << "host" << std::setw(7) << "gpu"
            << std::setw(10) << "memory"
            << "queue\n";
  for (const auto& each : plan["executors"]) {
    const auto memory = each["gpu_memory_bytes"].get<std::uint64_t>();
    std::cout << "  " << std::setw(16) << each["name"].get<std::string>() << std::setw(16)
              << each["plugin"].get<std::string>() << std::setw(10) << each["replicas"].get<int>()
              << std::setw(8) << each["host"].get<std::string>() << std::setw(7)
              << (each["gpu"].is_string() ? "share" : each["gpu"].dump()) << std::setw(10)
              << (memory == 0 ? "-" : gib_text(memory)) << each["queue_items"].get<int>() << ", "
              << each["when_full"].get<std::string>() << '\n';
  }
  for (const auto& route : plan["routes"]) {
    std::cout << "  " << route["endpoint"].get<std::string>()
              << (route["durable"].get<bool>() ? ": durable jobs" : ": jobs are not kept on disk")
              << '\n';
  }
}

int run_plan(const Context& context, const std::string& file) {
  const Flow flow = load_shown_flow(file);
  const auto shares = host_gpu_shares(flow, host_gpus(flow));
  Json plan = json_of(flow);
  plan["gpu_memory"] = json_of(flow, shares);
  if (context.json) {
    print_json(plan);
  } else {
    print_text(plan);
    for (const auto& share : shares) std::cout << "  " << text_of(flow, share) << '\n';
  }
  return exit_code::kOk;
}

}  // namespace

void add_plan(App& app, Context& context) {
  auto file = std::make_shared<std::string>();
  auto* command = app.add_subcommand(
      "plan", "Print what a flow would start: processes, sockets, GPUs and their memory");
  command->add_option(
      "flow", file.get(),
      "Flow file (default: the flow that runs, else $SOUVENIR_FLOW or the shipped one)");
  add_output_options(*command, context);
  command->callback(
      [&context, file] { context.action = [&context, file] { return run_plan(context, *file); }; });
}

}  // namespace flow::command
