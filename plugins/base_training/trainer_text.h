#pragma once

#include <memory>

#include "base_training/part_trainer.h"

namespace base_training {

/// Trains only the text encoder, from random weights, to match the captions of a corpus with the
/// latents of their pictures (see diffusion/networks/contrastive.h), and writes OUT/text_encoder. A
/// UNet that is trained afterwards can then tell the words apart. The VAE is OUT/vae (see
/// trainer_vae) or the model's own.
class TrainerText : public Trainer {
 public:
  explicit TrainerText(const executor::Setup& setup) : Trainer(setup) {}

 protected:
  std::unique_ptr<Training> begin(const schemas::BaseTraining& training) override;
};

}  // namespace base_training
