#pragma once

#include <memory>

#include "base_training/part_trainer.h"

namespace base_training {

/// Trains a VAE from random weights on the pictures of a corpus, and writes OUT/vae with the
/// scaling factor that gives its latents a standard deviation of 1. With the setting `decoder_only`
/// it starts from the VAE that was trained before (OUT/vae) or, if there is none, from the model's
/// own. Only the decoder changes then, so the latents stay those that a UNet was trained on.
class TrainerVae : public Trainer {
 public:
  explicit TrainerVae(const executor::Setup& setup) : Trainer(setup) {}

 protected:
  std::unique_ptr<Training> begin(const schemas::BaseTraining& training) override;
};

}  // namespace base_training
