#pragma once

#include <filesystem>
#include <string>

#include "evaluation/suite_data.h"
#include "evaluation/suite_run.h"
#include "executor/executor.h"

namespace evaluation {

/// Teaches and measures by the routes of the flow, and keeps what was done in `folder`/RUN: what is
/// there is not done again. Lives as long as one process() call.
class SuiteRunner {
 public:
  /// `store` is where the registry keeps versions: home/store.
  SuiteRunner(executor::Outbox& out, Probe& probe, const SuiteData& data,
              std::filesystem::path folder, std::filesystem::path store);

  /// What of a run is done, without going on with it. What an earlier build did not ask the judge
  /// is asked now, on the pictures that are kept.
  TaskResults so_far(const SuiteRun& run);
  /// Goes through one run, or the rest of it. Throws Error(exists) when the run was taught in
  /// another order. A run that another one has interrupted begins again.
  TaskResults go_through(const SuiteRun& run);

 private:
  /// A run that was measured before, judged again by its kept pictures.
  void judge_again(const SuiteRun& run, TaskResults& tasks);
  bool lacks_verdicts(const TaskResults& tasks) const;
  bool goes_on(const TaskResults& tasks);
  void reset();
  TaskResult learn(const SuiteRun& run, const TaskResults& before, std::size_t thing);
  void measure(const SuiteRun& run, TaskResults& tasks, std::size_t place);
  Looks looks_of(const std::string& prompt, RouteClient& routes);
  std::vector<Composed> compose(const TaskResults& tasks, RouteClient& routes);
  Seen look_at(const TaskResult& learned, const std::string& version, RouteClient& routes);
  void tell(const SuiteRun& run, const std::string& text, std::size_t place);

  executor::Outbox& out_;
  Probe& probe_;
  const SuiteData& data_;
  std::filesystem::path folder_, store_;
};

}  // namespace evaluation
