#include <sys/stat.h>

#include <algorithm>
#include <iostream>

#include "executor/error.h"
#include "executor/files/child_process.h"
#include "executor/files/process_one.h"
#include "executor/trusted_file.h"
#include "flow/command/asked_model.h"
#include "flow/command/context.h"
#include "flow/command/failure.h"
#include "flow/command/host_gpus.h"
#include "flow/command/interrupt.h"
#include "flow/command/json.h"
#include "flow/command/server_process.h"
#include "flow/command/waited_for.h"
#include "flow/file/flow.h"
#include "flow/file/flow_file.h"
#include "flow/file/join_command.h"

namespace flow::command {
namespace {

struct UpOptions {
  std::string flow;
  bool foreground = false;
  pid_t parent = 0;
};

// Before the folders are looked at, for the flow may name a group that is trusted with them.
Flow load_up_flow(const UpOptions& options) {
  const Places places = name_places();
  const auto file = std::filesystem::absolute(
      options.flow.empty() ? default_flow(places) : std::filesystem::path(options.flow));
  require_flow_file(file);
  executor::require_trusted_file(file);
  return load_flow(file, places.run, places.share);
}

int run_foreground(const UpOptions& options) {
  // The parent of a process 1 is out of its sight.
  if (options.parent != 0 && !files::left_process_one()) files::end_with_parent(options.parent);
  ::umask(S_IRWXG | S_IRWXO);  // of this process, and of its stages
  const Flow flow = load_up_flow(options);
  const Places places = find_places();
  for (const auto& note : ask_about_models(flow)) std::cout << "note: " << note << std::endl;
  const HostGpus host = host_gpus(flow);
  for (const auto& share : checked_gpu_shares(flow, host)) {
    std::cout << text_of(flow, share) << std::endl;
  }
  const auto check_gpu_memory = [&host](const Flow& grown) { checked_gpu_shares(grown, host); };
  return serve(flow, places, check_gpu_memory, [&flow] {
    std::cout << "ready: " << flow.name << " at " << flow.listen.front() << std::endl;
    for (const auto& stage : flow.stages) {
      if (!stage.remote) continue;
      std::cout << "the stage '" << stage.name
                << "' is another host's to bring: " << join_command(flow, stage) << std::endl;
    }
  });
}

void print_up(const Context& context, const schemas::Status& status, const std::string& address,
              bool started) {
  const auto waited = waited_for(status);
  const auto here = std::count_if(status.stages.begin(), status.stages.end(),
                                  [](const auto& stage) { return stage.state != "absent"; });
  if (context.json) {
    print_json({{"flow", status.flow},
                {"file", status.file},
                {"address", address},
                {"pid", status.pid},
                {"stages", here},
                {"started", started},
                {"waiting_for", json_of(waited)}});
  } else {
    std::cout << status.flow << (started ? " is up at " : " is already up at ") << address
              << " (process " << status.pid << ", " << here << " replicas)" << waiting_text(waited)
              << '\n';
  }
}

// Nothing of another flow is started, and what runs has another's stages.
void require_same(Client& running, const std::filesystem::path& file) {
  const auto status = running.status();
  if (status.file.empty()) return;  // it does not tell this client
  std::error_code none;
  if (std::filesystem::equivalent(status.file, file, none) || status.file == file) return;
  throw executor::Error("exists",
                        "another flow is up: '" + status.flow + "' of " + status.file +
                            " (process " + std::to_string(status.pid) + ")",
                        "souvenir down first, then souvenir up " + file.string() +
                            "; or start this one in another SOUVENIR_HOME");
}

int run_background(const Context& context, const UpOptions& options) {
  catch_interrupt();
  const Flow flow = load_up_flow(options);
  const Places places = find_places();
  ProgressView view(context.quiet);
  files::FileLock lock(start_lock(places));
  take(lock, view);
  const std::string address = flow.listen.front();
  {
    Client running(address, caller());
    if (running.reachable(300)) {
      require_same(running, flow.file);
      const auto status = running.status();
      note_waited_for(view, waited_for(status));
      print_up(context, status, address, false);
      return exit_code::kOk;
    }
  }
  for (const auto& note : ask_about_models(flow)) view.note("note: " + note);
  for (const auto& share : checked_gpu_shares(flow, host_gpus(flow)))
    view.note(text_of(flow, share));
  view.note("starting " + flow.file.string());
  ServerProcess server(
      {flow.file, places.run / "server.log", places.run / "logs", address, false, {}});
  const auto client = server.wait_ready(view);
  print_up(context, client->status(), address, true);
  server.process().release();
  return exit_code::kOk;
}

}  // namespace

void add_up(App& app, Context& context) {
  auto options = std::make_shared<UpOptions>();
  auto* command =
      app.add_subcommand("up", "Start a flow; return when every stage of this host is ready");
  command->add_option("flow", &options->flow,
                      "Flow file (default: $SOUVENIR_FLOW or the shipped one)");
  command->add_flag("--foreground", options->foreground, "Stay, and print the log");
  command->add_option("--with-parent", &options->parent)->hidden();
  add_output_options(*command, context);
  command->callback([&context, options] {
    context.action = [&context, options] {
      return options->foreground ? run_foreground(*options) : run_background(context, *options);
    };
  });
}

}  // namespace flow::command
