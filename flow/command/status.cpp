#include <algorithm>
#include <iomanip>
#include <iostream>

#include "flow/command/context.h"
#include "flow/command/failure.h"
#include "flow/command/json.h"
#include "flow/command/server_process.h"
#include "flow/command/waited_for.h"

namespace flow::command {
namespace {

constexpr std::size_t kShownEnded = 10;

// With all that another host shall bring.
std::string readiness(const schemas::Status& status) {
  const auto waiting = waiting_text(waited_for(status));
  if (!status.ready) return ", not ready" + waiting;
  return waiting.empty() ? ", ready" : waiting;
}

Json json_of(const schemas::Status& status) {
  const auto waited = waited_for(status);
  Json stages = Json::array();
  for (const auto& s : status.stages) {
    stages.push_back({{"name", s.name},
                      {"replica", s.replica},
                      {"state", s.state},
                      {"text", s.text},
                      {"pid", s.pid},
                      {"restarts", s.restarts},
                      {"waiting", s.waiting},
                      {"done", s.done},
                      {"job", s.job},
                      {"plugin", s.plugin},
                      {"with", json_of_values(s.with)},
                      {"silence_ms", s.silence_ms}});
  }
  Json jobs = Json::array();
  for (const auto& j : status.jobs) {
    jobs.push_back({{"id", j.id},
                    {"kind", j.kind},
                    {"owner", j.owner},
                    {"state", j.state},
                    {"stage", j.stage},
                    {"step", j.step},
                    {"total", j.total},
                    {"position", j.position},
                    {"text", j.text}});
  }
  return {{"flow", status.flow},
          {"file", status.file},
          {"pid", status.pid},
          {"ready", status.ready && waited.empty()},
          {"waiting_for", json_of(waited)},
          {"version", status.version},
          {"stages", stages},
          {"jobs", jobs}};
}

bool has_ended(const schemas::JobStatus& job) {
  return job.state == "done" || job.state == "failed" || job.state == "cancelled";
}

// The open ones, and the last that have ended.
std::vector<schemas::JobStatus> shown_jobs(const std::vector<schemas::JobStatus>& jobs) {
  auto ended = static_cast<std::size_t>(std::count_if(jobs.begin(), jobs.end(), has_ended));
  std::vector<schemas::JobStatus> shown;
  for (const auto& job : jobs) {
    if (!has_ended(job) || ended-- <= kShownEnded) shown.push_back(job);
  }
  return shown;
}

void print_text(const schemas::Status& status) {
  std::cout << status.flow;
  if (!status.file.empty()) std::cout << " (" << status.file << "), process " << status.pid;
  std::cout << readiness(status) << '\n';
  for (const auto& s : status.stages) {
    std::cout << "  " << std::left << std::setw(12) << s.name << std::setw(10) << s.state
              << (s.pid == 0 ? "" : " process " + std::to_string(s.pid) + ",") << ' ' << s.done
              << " done, " << s.waiting << " waiting, " << s.restarts << " restarts";
    if (s.silence_ms > 0) std::cout << ", hung after " << s.silence_ms / 1000.0 << " s of silence";
    if (!s.job.empty()) std::cout << ", job " << s.job;
    if (!s.plugin.empty() && s.plugin != s.name) std::cout << ", runs " << s.plugin;
    if (!s.text.empty()) std::cout << ", " << s.text;
    std::cout << '\n';
  }
  for (const auto& j : shown_jobs(status.jobs)) {
    std::cout << "  job " << j.id << " " << j.kind << " of " << j.owner << ": " << job_line(j)
              << '\n';
  }
  if (shown_jobs(status.jobs).size() < status.jobs.size()) {
    std::cout << "  more jobs have ended: souvenir jobs list\n";
  }
}

int run_status(const Context& context) {
  const auto status = connect_running(context, find_places())->status();
  if (context.json) {
    print_json(json_of(status));
  } else {
    print_text(status);
  }
  return exit_code::kOk;
}

}  // namespace

void add_status(App& app, Context& context) {
  auto* command = app.add_subcommand("status", "Show the stages and jobs of the running flow");
  add_client_options(*command, context);
  command->callback([&context] { context.action = [&context] { return run_status(context); }; });
}

}  // namespace flow::command
