#include "schemas/identifiers.h"

#include <iomanip>
#include <iostream>

#include "flow/command/context.h"
#include "flow/command/failure.h"
#include "flow/command/interrupt.h"
#include "flow/command/json.h"
#include "flow/command/server_process.h"

namespace flow::command {
namespace {

void print(const schemas::IdentifierList& list, bool json) {
  Json all = Json::array();
  for (const auto& i : list.identifiers) {
    if (!json) {
      std::cout << std::left << std::setw(16) << i.identifier << std::setw(16) << i.category
                << std::setw(14) << i.target_model << i.created << '\n';
    }
    all.push_back({{"identifier", i.identifier},
                   {"category", i.category},
                   {"target_model", i.target_model},
                   {"version", i.version},
                   {"model", i.model},
                   {"created", i.created}});
  }
  if (json) print_json({{"identifiers", all}});
}

int run_identifiers(const Context& context, const schemas::Identifiers& request) {
  catch_interrupt();
  ProgressView view(context.quiet);
  Connection connection(context, find_places(), view);
  Listener listener;
  listener.interrupted = interrupted;
  const auto answers =
      connection.client().call("/identifiers", schemas::Message::of(request), listener);
  schemas::IdentifierList list;
  for (const auto& answer : answers) {
    auto part = answer.as<schemas::IdentifierList>().identifiers;
    list.identifiers.insert(list.identifiers.end(), part.begin(), part.end());
  }
  connection.close();
  print(list, context.json);
  if (list.identifiers.empty()) view.note("nothing is taught yet: souvenir finetune --help");
  return exit_code::kOk;
}

}  // namespace

void add_identifiers(CLI::App& app, Context& context) {
  auto request = std::make_shared<schemas::Identifiers>();
  auto* command = app.add_subcommand("identifiers", "List the things that you have taught");
  command->add_option("--target-model", request->target_model,
                      "private, private_meta or meta (default: all)");
  add_client_options(*command, context);
  command->callback([&context, request] {
    context.action = [&context, request] { return run_identifiers(context, *request); };
  });
}

}  // namespace flow::command
