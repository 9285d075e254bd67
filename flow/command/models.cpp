#include "schemas/models.h"

#include <iomanip>
#include <iostream>

#include "executor/require_valid.h"
#include "flow/command/ask.h"
#include "flow/command/context.h"
#include "flow/command/failure.h"
#include "flow/command/json.h"
#include "flow/command/retention_lines.h"
#include "flow/gateway/job_key.h"
#include "schemas/finetune.h"
#include "schemas/targets.h"

namespace flow::command {
namespace {

struct ModelOptions {
  std::string target_model;
  std::string identifier;
  std::optional<std::int64_t> max_train_steps;  // of retrain, as the next two
  std::optional<std::uint64_t> seed;
  std::string key;
};

// The caller's own models need no admin.
bool is_shared(const ModelOptions& options) {
  return options.target_model == schemas::kMeta;
}

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
  if (!json && all.empty()) std::cout << "no versions\n";
  if (json) print_json({{"versions", all}});
}

template <typename Request>
int run(const Context& context, const std::string& endpoint, const Request& request) {
  executor::require_valid(request);
  Questions questions(context);
  const auto list = questions.ask<schemas::ModelList>(endpoint, request);
  questions.close();
  print(list, context.json);
  return exit_code::kOk;
}

template <typename Request>
int retrain(const Context& context, const std::string& endpoint, const ModelOptions& options) {
  const Request request{options.target_model, options.max_train_steps, options.seed};
  executor::require_valid(request);
  Questions questions(context);
  const auto done = questions.ask<schemas::Finetuned>(
      endpoint, request, options.key.empty() ? new_request_key() : options.key);
  questions.close();
  if (context.json) {
    print_json({{"target_model", done.target_model},
                {"version", done.version},
                {"model", done.model},
                {"steps", done.steps},
                {"loss", done.loss},
                {"seed", done.seed},
                {"train_s", done.train_s},
                {"retention", retention_json(done.retention)}});
    return exit_code::kOk;
  }
  questions.note("trained " + std::to_string(done.steps) + " steps in " +
                 duration_text(done.train_s) +
                 (done.model.starts_with('/') ? "; model: " + done.model : ""));
  for (const auto& thing : done.retention) {
    questions.note(retention_line(thing, "more --max-train-steps may help"));
  }
  std::cout << done.version << '\n';
  return exit_code::kOk;
}

int run_retrain(const Context& context, const ModelOptions& options) {
  if (!is_shared(options)) return retrain<schemas::RetrainOwn>(context, "/retrain_own", options);
  return retrain<schemas::Retrain>(context, "/admin/retrain_model", options);
}

void add_retrain_options(App& command, ModelOptions& options) {
  command.add_option(
      "--max-train-steps", &options.max_train_steps,
      "(default: the base model's advice for a metamodel, times the number of things)");
  command.add_option("--seed", &options.seed, "(default: random; the answer reports it)");
  add_key_option(command, options.key);
}

}  // namespace

void add_models(App& app, Context& context) {
  auto options = std::make_shared<ModelOptions>();
  auto* models = app.add_subcommand("models", "List and change the metamodels' versions");
  models->require_subcommand(1, 1);
  const auto add = [&](const char* name, const char* help, auto action) {
    auto* command = models->add_subcommand(name, help);
    auto* target = command->add_option("--target-model", &options->target_model,
                                       "private_meta or meta; reset also takes private");
    if (std::string(name) != "list") target->required();
    add_client_options(*command, context);
    command->callback([&context, options, action] {
      context.action = [&context, options, action] { return action(context, *options); };
    });
    return command;
  };
  add("list", "List the versions of private_meta and meta, oldest first",
      [](const Context& c, const ModelOptions& o) {
        return run(c, "/models", schemas::Models{o.target_model});
      });
  add("rollback", "Go back to the version before; forgets what the current one learned",
      [](const Context& c, const ModelOptions& o) {
        if (!is_shared(o)) return run(c, "/rollback_own", schemas::RollbackOwn{o.target_model});
        return run(c, "/admin/rollback_model", schemas::Rollback{o.target_model});
      });
  add("reset", "Go back to the pretrained model; forgets everything that was learned",
      [](const Context& c, const ModelOptions& o) {
        if (!is_shared(o)) {
          return run(c, "/reset_own", schemas::ResetOwn{o.target_model, o.identifier});
        }
        return run(c, "/admin/reset_model", schemas::ResetModel{o.target_model, o.identifier});
      })
      ->add_option("--identifier", &options->identifier, "Which private model");
  add_retrain_options(
      *add("retrain",
           "Train from scratch on everything that is kept; the new version does not know "
           "what was removed",
           run_retrain),
      *options);
}

}  // namespace flow::command
