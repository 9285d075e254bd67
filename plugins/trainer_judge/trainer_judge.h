#pragma once

#include <memory>

#include "fitting/trainer.h"

namespace trainer_judge {

/// Trains a judge::Network from random weights on the labelled pictures of a corpus, and writes
/// OUT/judge with the corpus' words.
class TrainerJudge : public fitting::Trainer {
 public:
  explicit TrainerJudge(const executor::Setup& setup) : Trainer(setup) {}

 protected:
  std::unique_ptr<fitting::Training> begin(const schemas::BaseTraining& training) override;
};

}  // namespace trainer_judge
