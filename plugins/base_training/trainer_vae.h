#pragma once

#include <memory>

#include "base_training/part_trainer.h"

namespace base_training {

/// Trains a VAE from random weights on the pictures of a corpus, and writes OUT/vae with the
/// scaling factor that gives its latents a deviation of 1. With the setting `decoder_only` it goes
/// on with the VAE that was trained before (OUT/vae) or, when there is none, the model's own, and
/// only what makes pictures of latents changes: the latents stay those that a UNet was trained on.
class TrainerVae : public Trainer {
 public:
  explicit TrainerVae(const executor::Setup& setup) : Trainer(setup) {}

 protected:
  std::unique_ptr<Training> begin(const schemas::BaseTraining& training) override;
};

}  // namespace base_training
