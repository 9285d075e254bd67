#pragma once

#include <memory>

#include "fitting/trainer.h"

namespace trainer_vae {

/// Trains a VAE from random weights on the pictures of a corpus, and writes OUT/vae with the
/// scaling factor that gives its latents a deviation of 1.
class TrainerVae : public fitting::Trainer {
 public:
  explicit TrainerVae(const executor::Setup& setup) : Trainer(setup) {}

 protected:
  std::unique_ptr<fitting::Training> begin(const schemas::BaseTraining& training) override;
};

}  // namespace trainer_vae
