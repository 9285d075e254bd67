#include <iostream>

#include "executor/error.h"
#include "flow/command/context.h"
#include "flow/command/failure.h"
#include "flow/command/interrupt.h"
#include "flow/command/json.h"
#include "flow/command/output_files.h"
#include "flow/command/picture_files.h"
#include "flow/command/server_process.h"

namespace flow::command {
namespace {

struct CallOptions {
  std::string endpoint;
  std::string type;
  std::string body = "{}";
  std::vector<std::string> files;
  std::string output_dir;
  double timeout_s = 0;
};

schemas::Message request_of(const CallOptions& options) {
  const auto body = nlohmann::json::parse(options.body, nullptr, false);
  if (!body.is_object()) {
    throw executor::Error("bad_input", "--json-body is no JSON object: " + options.body,
                          "write it as '{\"text\": \"hello\"}'");
  }
  schemas::Message request;
  request.type = options.type;
  const auto bytes = nlohmann::json::to_msgpack(body);
  request.body.assign(bytes.begin(), bytes.end());
  for (const auto& file : options.files) request.blobs.push_back(read_file(file));
  return request;
}

Json answer_json(const schemas::Message& answer, const CallOptions& options, std::size_t number) {
  Json blobs = Json::array();
  for (std::size_t i = 0; i < answer.blobs.size(); ++i) {
    Json blob = {{"bytes", answer.blobs[i].size()}};
    if (!options.output_dir.empty()) {
      const auto file = std::filesystem::path(options.output_dir) /
                        (std::to_string(number) + "-" + std::to_string(i) + ".bin");
      if (!write_new(file, answer.blobs[i])) {
        throw executor::Error("exists", "there is already a file " + file.string(),
                              "choose another --output-dir");
      }
      blob["file"] = file.string();
    }
    blobs.push_back(blob);
  }
  const auto body = Json::from_msgpack(answer.body, true, false);
  return {{"type", answer.type}, {"body", body}, {"blobs", blobs}};
}

int run_call(const Context& context, const CallOptions& options) {
  catch_interrupt();
  const schemas::Message request = request_of(options);
  if (!options.output_dir.empty()) make_folder(options.output_dir);
  auto client = connect_running(context, find_places());
  ProgressView view(context.quiet);
  std::string job;
  Listener listener;
  listener.accepted = [&job](const std::string& id) { job = id; };
  listener.progress = [&view](const auto& progress, const auto&) { view.show(progress); };
  listener.interrupted = interrupted;
  const auto answers = client->call(options.endpoint, request, listener,
                                    static_cast<std::uint32_t>(options.timeout_s * 1000));
  Json printed = Json::array();
  for (const auto& answer : answers) {
    printed.push_back(answer_json(answer, options, printed.size()));
  }
  if (context.json) {
    print_json({{"job", job}, {"answers", printed}});
  } else {
    for (const auto& answer : printed) print_json(answer);
  }
  return exit_code::kOk;
}

}  // namespace

void add_call(CLI::App& app, Context& context) {
  auto options = std::make_shared<CallOptions>();
  auto* command =
      app.add_subcommand("call", "Send one message to an endpoint and print the answers");
  command->add_option("endpoint", options->endpoint, "\"/generate\"")->required();
  command->add_option("--type", options->type, "Type of the message: \"text.v1\"")->required();
  command->add_option("--json-body", options->body, "The message's body as a JSON object");
  command->add_option("--file", options->files, "A file to send beside it; may be given again");
  command->add_option("--output-dir", options->output_dir, "Where blobs of the answers are saved");
  command->add_option("--timeout", options->timeout_s, "Seconds to wait (0 = as long as it takes)")
      ->check(CLI::Range(0.0, 4'000'000.0));
  add_client_options(*command, context);
  command->callback([&context, options] {
    context.action = [&context, options] { return run_call(context, *options); };
  });
}

}  // namespace flow::command
