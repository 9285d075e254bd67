#pragma once

#include <memory>

#include "fitting/trainer.h"

namespace trainer_text {

/// Trains the text encoder alone from random weights, by what the captions of a corpus have to do
/// with the latents of its pictures (see diffusion/contrastive.h), and writes OUT/text_encoder.
/// Afterwards a UNet learns what to draw from words that it can tell apart. The VAE is OUT/vae (see
/// trainer_vae) or the model's own.
class TrainerText : public fitting::Trainer {
 public:
  explicit TrainerText(const executor::Setup& setup) : Trainer(setup) {}

 protected:
  std::unique_ptr<fitting::Training> begin(const schemas::BaseTraining& training) override;
};

}  // namespace trainer_text
