#pragma once

#include <memory>

#include "base_training/part_trainer.h"

namespace base_training {

/// Text-to-image training (diffusers `train_text_to_image.py`): trains the UNet, and the text
/// encoder if the settings say so, on the captioned pictures of a corpus, and writes OUT, a
/// complete diffusers folder. The VAE is OUT/vae (see trainer_vae) and the text encoder is
/// OUT/text_encoder (see trainer_text), or the model's own where these are missing. With
/// `from_model` it starts from the model's weights, else from random ones.
class TrainerBase : public Trainer {
 public:
  explicit TrainerBase(const executor::Setup& setup)
      : Trainer(setup), from_model_(setup.params.get<bool>("from_model")) {}

 protected:
  std::unique_ptr<Training> begin(const schemas::BaseTraining& training) override;

 private:
  bool from_model_;
};

/// The parameters of every trainer, and `from_model`.
std::vector<executor::Param> base_params();

}  // namespace base_training
