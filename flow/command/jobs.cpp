#include <iomanip>
#include <iostream>
#include <sstream>

#include "flow/command/answers.h"
#include "flow/command/context.h"
#include "flow/command/failure.h"
#include "flow/command/interrupt.h"
#include "flow/command/output_files.h"
#include "flow/command/render.h"
#include "flow/command/server_process.h"

namespace flow::command {
namespace {

struct JobsOptions {
  std::string job;
  std::string output_dir;
};

Json json_of(const schemas::JobStatus& job) {
  return {{"id", job.id},
          {"kind", job.kind},
          {"owner", job.owner},
          {"state", job.state},
          {"stage", job.stage},
          {"step", job.step},
          {"total", job.total},
          {"position", job.position},
          {"eta_s", job.eta_s ? Json(*job.eta_s) : Json()},
          {"attempt", job.attempt},
          {"epoch", job.epoch},
          {"checkpoint_step", job.checkpoint_step},
          {"durable", job.durable},
          {"created_ms", job.created_ms},
          {"ended_ms", job.ended_ms},
          {"key", job.key},
          {"text", job.text},
          {"reasons", job.reasons}};
}

void print_line(const schemas::JobStatus& job) {
  std::cout << job.id << "  " << std::left << std::setw(10) << job.kind << ' ' << job_line(job)
            << '\n';
}

// "" when there is a checkpoint, or nothing to lose.
std::string lost_by_pause(const schemas::JobStatus& job) {
  if (job.state != "running" || job.checkpoint_step > 0) return "";
  return "it had made no checkpoint yet: souvenir jobs resume begins it again" +
         (job.step > 0 ? ", and " + std::to_string(job.step) + " steps are lost" : std::string());
}

int run_list(const Context& context) {
  const auto report = connect_running(context, find_places())->control("list");
  for (const auto& job : report.jobs) {
    if (context.json) {
      print_json(json_of(job));
    } else {
      print_line(job);
    }
  }
  if (report.jobs.empty() && !context.json) std::cout << "no jobs\n";
  return exit_code::kOk;
}

int run_show(const Context& context, const JobsOptions& options) {
  const auto report = connect_running(context, find_places())->control("show", options.job);
  const auto& job = report.jobs.at(0);
  Json history = Json::array();
  for (const auto& note : report.history) {
    history.push_back(
        {{"at_ms", note.at_ms}, {"who", note.who}, {"what", note.what}, {"text", note.text}});
  }
  if (context.json) {
    Json printed = json_of(job);
    printed["history"] = history;
    print_json(printed);
    return exit_code::kOk;
  }
  print_line(job);
  if (job.checkpoint_step > 0) std::cout << "  checkpoint at step " << job.checkpoint_step << '\n';
  std::istringstream reasons(job.reasons);
  for (std::string reason; std::getline(reasons, reason);) std::cout << "  " << reason << '\n';
  for (const auto& note : report.history) {
    std::cout << "  " << local_time(note.at_ms) << "  " << std::left << std::setw(12) << note.who
              << ' ' << note.what << (note.text.empty() ? "" : ": ") << note.text << '\n';
  }
  return exit_code::kOk;
}

int run_watch(const Context& context, const JobsOptions& options) {
  catch_interrupt();
  if (!options.output_dir.empty()) make_folder(options.output_dir);
  const auto client = connect_running(context, find_places());
  ProgressView view(context.quiet);
  Observer observer;
  observer.progress = [&view](const auto& progress, const auto&) { view.show(progress); };
  observer.left = interrupted;
  const auto answers = client->watch(options.job, observer);
  if (interrupted()) return exit_code::kInterrupted;
  const Json printed = answers_json(answers, options.output_dir);
  if (context.json) {
    print_json({{"job", options.job}, {"state", "done"}, {"answers", printed}});
  } else {
    for (const auto& answer : printed) print_json(answer);
  }
  return exit_code::kOk;
}

int run_retry(const Context& context, const JobsOptions& options) {
  const std::string job = connect_running(context, find_places())->retry(options.job);
  if (context.json) {
    print_json({{"job", job}, {"retry_of", options.job}});
  } else {
    std::cout << job << '\n';
  }
  return exit_code::kOk;
}

int run_change(const Context& context, const JobsOptions& options, const std::string& action) {
  const auto client = connect_running(context, find_places());
  // What it has done is known before it stops.
  const auto before =
      action == "pause" ? client->control("show", options.job) : schemas::JobReport();
  const auto report = client->control(action, options.job);
  const std::string note = before.jobs.empty() ? "" : lost_by_pause(before.jobs.front());
  if (context.json) {
    Json printed = json_of(report.jobs.at(0));
    if (!note.empty()) printed["note"] = note;
    print_json(printed);
  } else {
    print_line(report.jobs.at(0));
    if (!note.empty()) std::cout << "  " << note << '\n';
  }
  return exit_code::kOk;
}

}  // namespace

void add_jobs(App& app, Context& context) {
  auto options = std::make_shared<JobsOptions>();
  auto* jobs = app.add_subcommand("jobs", "Show and control your jobs");
  jobs->require_subcommand(1, 1);
  const auto add = [&](const char* name, const char* help, auto run) {
    auto* command = jobs->add_subcommand(name, help);
    if (std::string(name) != "list")
      command->add_option("job", &options->job, "Its id")->required();
    add_client_options(*command, context);
    command->callback([&context, options, run] {
      context.action = [&context, options, run] { return run(context, *options); };
    });
    return command;
  };
  add("list", "Print open and recently ended jobs; with --json one object per line",
      [](const Context& c, const JobsOptions&) { return run_list(c); });
  add("show", "Print one job and its history", run_show);
  add("watch", "Follow a job to its end and print its answer; Ctrl-C does not stop the job",
      run_watch)
      ->add_option("--output-dir", &options->output_dir, "Folder for the blobs of the answers");
  add("retry",
      "Go on with a failed job from its checkpoint, or start one anew that has none or was "
      "cancelled",
      run_retry);
  for (const auto& [name, help] : {std::pair{"cancel", "Cancel a job"},
                                   std::pair{"pause", "Stop a job at its last checkpoint"},
                                   std::pair{"resume", "Continue a paused job"}}) {
    add(name, help, [action = std::string(name)](const Context& c, const JobsOptions& o) {
      return run_change(c, o, action);
    });
  }
}

}  // namespace flow::command
