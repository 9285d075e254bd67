#pragma once

#include <filesystem>
#include <string>

#include "executor/executor.h"
#include "memory/material.h"
#include "memory/run.h"

namespace memory {

/// Teaches and measures by the routes of the flow, and keeps what was done in `folder`/RUN: what is
/// there is not done again. Lives as long as one process() call.
class Lessons {
 public:
  /// `store` is where the registry keeps versions: home/store.
  Lessons(executor::Outbox& out, Probe& probe, const Material& material,
          std::filesystem::path folder, std::filesystem::path store);

  /// What of a run is done, without going on with it. What an earlier build did not ask the judge
  /// is asked now, on the pictures that are kept.
  Tasks so_far(const Run& run);
  /// Goes through one run, or the rest of it. Throws Error(exists) when the run was taught in
  /// another order. A run that another one has interrupted begins again.
  Tasks go_through(const Run& run);

 private:
  /// A run that was measured before, judged again by its kept pictures.
  void judge_again(const Run& run, Tasks& tasks);
  bool lacks_verdicts(const Tasks& tasks) const;
  bool goes_on(const Tasks& tasks);
  void reset();
  Task learn(const Run& run, const Tasks& before, std::size_t thing);
  void measure(const Run& run, Tasks& tasks, std::size_t place);
  figures::Looks looks_of(const std::string& prompt, figures::Studio& studio);
  std::vector<Composed> compose(const Tasks& tasks, figures::Studio& studio);
  Seen look_at(const Task& learned, const std::string& version, figures::Studio& studio);
  void tell(const Run& run, const std::string& text, std::size_t place);

  executor::Outbox& out_;
  Probe& probe_;
  const Material& material_;
  std::filesystem::path folder_, store_;
};

}  // namespace memory
