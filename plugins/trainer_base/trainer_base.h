#pragma once

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "executor/executor.h"
#include "executor/plugin.h"

namespace trainer_base {

/// Text-to-image training (diffusers `train_text_to_image.py`, text encoder included): trains text
/// encoder and UNet on the captioned pictures of a corpus, one step a message, and writes OUT, a
/// complete diffusers folder in float16 with the averaged weights. The VAE is OUT/vae (see
/// trainer_vae) and the text encoder OUT/text_encoder (see trainer_text) or, when there is none,
/// the model's own. With `from_model` it goes on from the model's weights, otherwise from random
/// ones. One training at a time.
class TrainerBase : public executor::Executor {
 public:
  explicit TrainerBase(const executor::Setup& setup);
  ~TrainerBase() override;

  void process(const schemas::Message& in, executor::Outbox& out) override;
  void ended(const std::string& job, executor::Outcome outcome) override;

 private:
  struct Training;
  void step(const schemas::Message& in, executor::Outbox& out);
  void show_samples(executor::Outbox& out);
  void write_model();

  std::filesystem::path model_, out_;
  bool from_model_;
  std::unique_ptr<Training> training_;
};

/// The plugin's handlers and parameters, shared with its tests.
std::vector<executor::Handler> handlers();
std::vector<executor::Param> params();

}  // namespace trainer_base
