#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "executor/executor.h"
#include "executor/plugin.h"

namespace trainer_vae {

/// Trains a VAE on the pictures of a corpus, one step a message, and writes OUT/vae in float16 with
/// the scaling factor that gives its latents a deviation of 1. One training at a time.
class TrainerVae : public executor::Executor {
 public:
  explicit TrainerVae(const executor::Setup& setup);
  ~TrainerVae() override;

  void process(const schemas::Message& in, executor::Outbox& out) override;
  void ended(const std::string& job, executor::Outcome outcome) override;

 private:
  struct Training;
  void step(const schemas::Message& in, executor::Outbox& out);
  void finish(executor::Outbox& out);

  std::filesystem::path model_, out_;
  std::unique_ptr<Training> training_;
};

/// The plugin's handlers and parameters, shared with its tests.
std::vector<executor::Handler> handlers();
std::vector<executor::Param> params();

}  // namespace trainer_vae
