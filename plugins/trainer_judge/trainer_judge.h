#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "executor/executor.h"
#include "executor/plugin.h"

namespace trainer_judge {

/// Trains a judge::Network on the labelled pictures of a corpus, one step a message, and writes
/// OUT/judge in float16 with the averaged weights and the corpus' words. One training at a time.
class TrainerJudge : public executor::Executor {
 public:
  explicit TrainerJudge(const executor::Setup& setup);
  ~TrainerJudge() override;

  void process(const schemas::Message& in, executor::Outbox& out) override;
  void ended(const std::string& job, executor::Outcome outcome) override;

 private:
  struct Training;
  void step(const schemas::Message& in, executor::Outbox& out);

  std::filesystem::path model_, out_;
  std::unique_ptr<Training> training_;
};

/// The plugin's handlers and parameters, shared with its tests.
std::vector<executor::Handler> handlers();
std::vector<executor::Param> params();

}  // namespace trainer_judge
