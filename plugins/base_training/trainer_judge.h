#pragma once

#include <memory>

#include "base_training/part_trainer.h"

namespace base_training {

/// Trains a diffusion::JudgeNetwork from random weights on the labelled pictures of a corpus, and
/// writes it with the corpus's words to OUT/judge.
class TrainerJudge : public Trainer {
 public:
  explicit TrainerJudge(const executor::Setup& setup) : Trainer(setup) {}

 protected:
  std::unique_ptr<Training> begin(const schemas::BaseTraining& training) override;
};

}  // namespace base_training
