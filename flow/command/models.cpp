#include "schemas/models.h"

#include <iomanip>
#include <iostream>

#include "flow/command/ask.h"
#include "flow/command/context.h"
#include "flow/command/failure.h"
#include "flow/command/json.h"
#include "schemas/targets.h"

namespace flow::command {
namespace {

struct ModelOptions {
  std::string target_model;
  std::string identifier;
};

void print(const schemas::ModelList& list, bool json) {
  Json all = Json::array();
  for (const auto& v : list.versions) {
    if (!json) {
      const std::string thing = v.identifier.empty() ? "-" : v.identifier + " " + v.category;
      std::cout << std::left << std::setw(14) << v.target_model << std::setw(20) << v.version
                << std::setw(24) << thing << std::setw(22) << v.created
                << (v.damaged         ? "damaged"
                    : v.current       ? "current"
                    : v.model.empty() ? ""
                                      : "kept")
                << '\n';
    }
    all.push_back({{"target_model", v.target_model},
                   {"version", v.version},
                   {"base", v.base},
                   {"identifier", v.identifier},
                   {"category", v.category},
                   {"owner", v.owner},
                   {"created", v.created},
                   {"current", v.current},
                   {"damaged", v.damaged},
                   {"model", v.model}});
  }
  if (json) print_json({{"versions", all}});
}

template <typename Request>
int run(const Context& context, const std::string& endpoint, const Request& request) {
  Questions questions(context);
  const auto list = questions.ask<schemas::ModelList>(endpoint, request);
  questions.close();
  print(list, context.json);
  return exit_code::kOk;
}

}  // namespace

void add_models(CLI::App& app, Context& context) {
  auto options = std::make_shared<ModelOptions>();
  auto* models = app.add_subcommand("models", "The metamodels and their versions");
  models->require_subcommand(1);
  const auto add = [&](const char* name, const char* help, auto action) {
    auto* command = models->add_subcommand(name, help);
    auto* target = command->add_option("--target-model", options->target_model, "");
    if (std::string(name) != "list") target->required();
    add_client_options(*command, context);
    command->callback([&context, options, action] {
      context.action = [&context, options, action] { return action(context, *options); };
    });
    return command;
  };
  add("list", "Versions of private_meta and meta, oldest first",
      [](const Context& c, const ModelOptions& o) {
        return run(c, "/models", schemas::Models{o.target_model});
      });
  // What is the asker's own needs no administrator.
  const auto is_shared = [](const ModelOptions& o) { return o.target_model == schemas::kMeta; };
  add("rollback", "Back to the version before: what the current one has learned is forgotten",
      [is_shared](const Context& c, const ModelOptions& o) {
        if (!is_shared(o)) return run(c, "/rollback_own", schemas::RollbackOwn{o.target_model});
        return run(c, "/admin/rollback_model", schemas::Rollback{o.target_model});
      });
  add("reset", "Back to the pretrained model: everything that the model has learned is forgotten",
      [is_shared](const Context& c, const ModelOptions& o) {
        if (!is_shared(o)) {
          return run(c, "/reset_own", schemas::ResetOwn{o.target_model, o.identifier});
        }
        return run(c, "/admin/reset_model", schemas::ResetModel{o.target_model, o.identifier});
      })
      ->add_option("--identifier", options->identifier, "Of a private model");
}

}  // namespace flow::command
