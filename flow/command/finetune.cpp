#include "schemas/finetune.h"

#include <algorithm>
#include <cstdio>
#include <iostream>

#include "flow/command/context.h"
#include "flow/command/estimate.h"
#include "flow/command/failure.h"
#include "flow/command/finetune_checks.h"
#include "flow/command/interrupt.h"
#include "flow/command/json.h"
#include "flow/command/output_files.h"
#include "flow/command/picture_files.h"
#include "flow/command/retention_lines.h"
#include "flow/command/server_process.h"
#include "flow/command/train_flags.h"
#include "flow/gateway/job_key.h"
#include "schemas/targets.h"

namespace flow::command {
namespace {

// Saves the samples of a training as they come, and remembers where.
class Samples {
 public:
  /// `steps`: those to keep samples of; empty = all that come.
  Samples(const std::string& output_dir, const Places& places, std::vector<std::int64_t> steps)
      : folder_(output_dir),
        runs_(output_dir.empty() ? places.home / "runs" : ""),
        steps_(std::move(steps)) {}

  void begin(const std::string& job) {
    job_ = job;
    if (!runs_.empty()) folder_ = runs_ / job;
  }

  void save(const schemas::Progress& progress, const std::vector<schemas::Blob>& pictures) {
    const bool asked =
        steps_.empty() || std::count(steps_.begin(), steps_.end(), progress.step) > 0;
    if (pictures.empty() || !asked) return;
    make_folder(folder_);
    char step[32];
    std::snprintf(step, sizeof step, "step-%06lld-", static_cast<long long>(progress.step));
    for (std::size_t i = 0; i < pictures.size(); ++i) {
      // The trainer adds a sheet where there are several.
      const bool sheet = pictures.size() > 2 && i + 1 == pictures.size();
      paths_.push_back(
          write(step + (sheet ? std::string("sheet") : std::to_string(i)), pictures[i]));
    }
  }

  const std::string& job() const { return job_; }
  const std::vector<std::string>& paths() const { return paths_; }

 private:
  std::string write(const std::string& name, const schemas::Blob& picture) const {
    auto file = folder_ / (name + ".png");
    for (int again = 1; !write_new(file, picture); ++again) {
      file = folder_ / (name + "-" + std::to_string(again) + ".png");
    }
    return file.string();
  }

  std::filesystem::path folder_;
  std::filesystem::path runs_;
  std::vector<std::int64_t> steps_;
  std::string job_;
  std::vector<std::string> paths_;
};

void print(const schemas::Finetuned& result, const Samples& samples, const FinetuneOptions& options,
           bool json, ProgressView& view) {
  if (json) {
    print_json({{"job", samples.job()},
                {"identifier", result.identifier},
                {"category", result.category},
                {"target_model", result.target_model},
                {"version", result.version},
                {"model", result.model},
                {"steps", result.steps},
                {"loss", result.loss},
                {"instance_loss", result.instance_loss},
                {"prior_loss", result.prior_loss},
                {"seed", result.seed},
                {"train_s", result.train_s},
                {"retention", retention_json(result.retention)},
                {"samples", samples.paths()}});
    return;
  }
  view.note("trained " + std::to_string(result.steps) + " steps in " +
            duration_text(result.train_s) +
            (result.model.starts_with('/') ? "; model: " + result.model : ""));
  for (const auto& thing : result.retention) view.note(retention_line(thing));
  for (const auto& path : samples.paths()) view.note("sample: " + path);
  if (!options.steps.empty() && result.target_model == schemas::kPrivate) {
    view.note(
        "to teach a metamodel what you liked: souvenir finetune ... --target-model meta "
        "--identifier " +
        result.identifier + " --lr-scheduler " + options.request.lr_scheduler.value_or("") +
        " --max-train-steps N");
  }
  view.note("now try: souvenir generate \"a " + result.identifier + " " + result.category + "\"");
  std::cout << result.identifier << '\n';
}

int run_finetune(const Context& context, FinetuneOptions& options) {
  catch_interrupt();
  ProgressView view(context.quiet);
  const auto pictures = check_finetune(options, view);
  const auto& blobs = pictures.blobs;
  const Places places = find_places();
  if (options.dry_run) return print_estimate(context, places, options.request, blobs.size(), view);
  if (!options.output_dir.empty()) make_folder(options.output_dir);
  Connection connection(context, places, view);
  Samples samples(options.output_dir, places, options.steps);
  Observer observer;
  observer.accepted = [&](const std::string& job) { samples.begin(job); };
  observer.progress = [&](const auto& progress, const auto& drawn) {
    view.show(progress);
    samples.save(progress, drawn);
  };
  observer.interrupted = interrupted;
  const auto answers = [&] {
    try {
      return connection.client().call("/finetune", schemas::Message::of(options.request, blobs),
                                      observer, 0,
                                      options.key.empty() ? new_request_key() : options.key);
    } catch (CallError& error) {
      error.fault.cause = with_file(error.fault.cause, pictures.files);
      throw;
    }
  }();
  if (answers.empty()) {
    throw CallError({"protocol", "gateway", samples.job(), "the job ended without an answer", ""});
  }
  const auto result = answers.back().as<schemas::Finetuned>();
  connection.close();
  print(result, samples, options, context.json, view);
  return exit_code::kOk;
}

void add_request_flags(App& command, schemas::Finetune& request) {
  command.add_option("--category", &request.category, "A common noun for the thing: dog")
      ->required();
  command.add_option("--target-model", &request.target_model, "private, private_meta or meta");
  command.add_option("--identifier", &request.identifier,
                     "The word to call it by (default: the registry chooses)");
  add_train_flags(command, request);
}

}  // namespace

void add_finetune(App& app, Context& context) {
  auto options = std::make_shared<FinetuneOptions>();
  auto* command = app.add_subcommand("finetune", "Teach a thing from pictures of it");
  command->add_option("pictures", &options->pictures, "Pictures, or folders of them")->required();
  add_request_flags(*command, options->request);
  command->add_option("--output-dir", &options->output_dir,
                      "Where samples are saved (default: SOUVENIR_HOME/runs/<job>)");
  command
      ->add_option(
          "--steps", &options->steps,
          "Compare: train the most of them, keep sample pictures at each (200,400,600); the "
          "learning rate stays, if --lr-scheduler is not given")
      ->delimiter(',');
  // The command lives as long as its options.
  options->remedy = [command](const std::string& name) { return command->note_on(name); };
  add_key_option(*command, options->key);
  command->add_flag("--dry-run", options->dry_run,
                    "Only say what it would take: steps, pictures, memory, time");
  add_client_options(*command, context);
  command->callback([&context, options] {
    context.action = [&context, options] { return run_finetune(context, *options); };
  });
}

}  // namespace flow::command
