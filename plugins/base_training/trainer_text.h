#pragma once

#include <memory>

#include "base_training/part_trainer.h"

namespace base_training {

/// Trains the text encoder alone from random weights, by what the captions of a corpus have to do
/// with the latents of its pictures (see diffusion/contrastive.h), and writes OUT/text_encoder.
/// Afterwards a UNet learns what to draw from words that it can tell apart. The VAE is OUT/vae (see
/// trainer_vae) or the model's own.
class TrainerText : public Trainer {
 public:
  explicit TrainerText(const executor::Setup& setup) : Trainer(setup) {}

 protected:
  std::unique_ptr<Training> begin(const schemas::BaseTraining& training) override;
};

}  // namespace base_training
