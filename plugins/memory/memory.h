#pragma once

#include <filesystem>
#include <memory>
#include <vector>

#include "executor/executor.h"
#include "executor/plugin.h"

namespace memory {

class Probe;

/// Measures how well the shared metamodel keeps what it learns: memory_suite.v1 -> memory_table.v1.
/// Teaches things one after another by the flow's own routes, with each strategy, and after each
/// looks at all that were learned so far. Everything that was done lies in `out` (task.h,
/// report.h): the same suite, asked again after a stop, goes on from there.
class Memory : public executor::Executor {
 public:
  /// Throws Error(bad_config) when the model folder cannot be used.
  explicit Memory(const executor::Setup& setup);
  ~Memory() override;

  void process(const schemas::Message& in, executor::Outbox& out) override;

 private:
  /// Refuses a folder with the results of another suite, model or judge; else marks it as of this
  /// one.
  void claim(const schemas::Message& in) const;
  void run(const schemas::Message& in, executor::Outbox& out);

  std::unique_ptr<Probe> probe_;
  std::string looks_with_;
  std::filesystem::path out_, store_;
};

/// The plugin's handlers, calls and parameters, shared with its tests.
std::vector<executor::Handler> handlers();
std::vector<executor::Call> calls();
std::vector<executor::Param> params();

}  // namespace memory
