#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "executor/executor.h"
#include "executor/plugin.h"

namespace evaluation {

class Probe;

/// Measures how well the shared metamodel keeps what it learns: evaluation_suite.v1 ->
/// evaluation_table.v1. Teaches things one after another through the flow's own routes, with each
/// strategy, and after each measures all things learned so far. Keeps all results in `out`
/// (task_result.h, report.h). When the same suite is requested again after a stop, it continues
/// from there.
class Forgetting : public executor::Executor {
 public:
  /// Throws Error(bad_config) when the model folder cannot be used.
  explicit Forgetting(const executor::Setup& setup);
  ~Forgetting() override;

  void process(const schemas::Message& in, executor::Outbox& out) override;

 private:
  /// Refuses a folder with results of another suite, model or judge; otherwise marks it as
  /// belonging to this one.
  void claim(const schemas::Message& in) const;
  void run(const schemas::Message& in, executor::Outbox& out);

  std::unique_ptr<Probe> probe_;
  std::string looks_with_;
  std::filesystem::path out_, home_;
};

/// The plugin's handlers, calls and parameters, shared with its tests.
std::vector<executor::Handler> forgetting_handlers();
std::vector<executor::Call> forgetting_calls();
std::vector<executor::Param> forgetting_params();

}  // namespace evaluation
