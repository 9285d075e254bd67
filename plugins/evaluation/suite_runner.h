#pragma once

#include <filesystem>
#include <string>

#include "evaluation/suite_data.h"
#include "evaluation/suite_run.h"
#include "executor/executor.h"

namespace evaluation {

/// Teaches and measures through the routes of the flow. Keeps results in `folder`/RUN and does not
/// repeat what is there. Lives as long as one process() call.
class SuiteRunner {
 public:
  /// `home` is SOUVENIR_HOME, where the registry keeps versions.
  SuiteRunner(executor::Outbox& out, Probe& probe, const SuiteData& data,
              std::filesystem::path folder, std::filesystem::path home);

  /// The finished part of a run. Does not continue the run, but asks the judge, about the kept
  /// pictures, whatever an earlier build did not ask.
  TaskResults so_far(const SuiteRun& run);
  /// Does one run, or the rest of it. Throws Error(exists) when the run was taught in another
  /// order. A run that another run interrupted starts again.
  TaskResults go_through(const SuiteRun& run);

 private:
  /// Judges the kept pictures of an already measured run again.
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
  std::filesystem::path folder_, home_;
};

}  // namespace evaluation
