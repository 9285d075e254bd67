#include <iostream>

#include "executor/error.h"
#include "executor/files/file_error.h"
#include "executor/files/json_text.h"
#include "flow/command/answers.h"
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
  std::string key;
  double timeout_s = 0;
};

nlohmann::json body_of(const std::string& text) {
  const char* remedy = "write it as '{\"text\": \"hello\"}'";
  try {
    const auto body = files::parse_json(text);
    if (body.is_object()) return body;
  } catch (const files::Error& error) {
    throw executor::Error("bad_input", std::string("--json-body: ") + error.what(), remedy);
  }
  throw executor::Error("bad_input", "--json-body is not a JSON object: " + text, remedy);
}

schemas::Message request_of(const CallOptions& options) {
  const auto body = body_of(options.body);
  schemas::Message request;
  request.type = options.type;
  const auto bytes = nlohmann::json::to_msgpack(body);
  request.body.assign(bytes.begin(), bytes.end());
  for (const auto& file : options.files) request.blobs.push_back(read_file(file));
  return request;
}

int run_call(const Context& context, const CallOptions& options) {
  catch_interrupt();
  const schemas::Message request = request_of(options);
  if (!options.output_dir.empty()) make_folder(options.output_dir);
  auto client = connect_running(context, find_places());
  ProgressView view(context.quiet);
  std::string job;
  Observer observer;
  observer.accepted = [&job](const std::string& id) { job = id; };
  observer.progress = [&view](const auto& progress, const auto&) { view.show(progress); };
  observer.interrupted = interrupted;
  const auto answers =
      client->call(options.endpoint, request, observer,
                   static_cast<std::uint32_t>(options.timeout_s * 1000), options.key);
  const Json printed = answers_json(answers, options.output_dir);
  if (context.json) {
    print_json({{"job", job}, {"answers", printed}});
  } else {
    for (const auto& answer : printed) print_json(answer);
  }
  return exit_code::kOk;
}

}  // namespace

void add_call(App& app, Context& context) {
  auto options = std::make_shared<CallOptions>();
  auto* command =
      app.add_subcommand("call", "Send one message to an endpoint and print the answers");
  command->add_option("endpoint", &options->endpoint, "\"/generate\"")->required();
  command->add_option("--type", &options->type, "Type of the message: \"text.v1\"")->required();
  command->add_option("--json-body", &options->body, "The message's body as a JSON object");
  command->add_option("--file", &options->files, "A file to send with it; may be repeated");
  command->add_option("--output-dir", &options->output_dir, "Folder for the blobs of the answers");
  add_key_option(*command, options->key);
  command->add_option("--timeout", &options->timeout_s, "Seconds to wait (0 = no limit)")
      ->check(range(0.0, 4'000'000.0));
  add_client_options(*command, context);
  command->callback([&context, options] {
    context.action = [&context, options] { return run_call(context, *options); };
  });
}

}  // namespace flow::command
