#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "executor/executor.h"
#include "executor/plugin.h"

namespace trainer_text {

/// Trains the text encoder alone on a corpus, by what its captions have to do with the pictures'
/// latents (see diffusion/contrastive.h), and writes OUT/text_encoder in float16. Afterwards a UNet
/// learns what to draw from words that it can tell apart. The VAE is OUT/vae (see trainer_vae) or
/// the model's own. One training at a time.
class TrainerText : public executor::Executor {
 public:
  explicit TrainerText(const executor::Setup& setup);
  ~TrainerText() override;

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

}  // namespace trainer_text
