#pragma once

#include "schemas/training.h"

namespace trainer {

/// The settings as they are. Throws executor::Error(bad_input) when an option is not what
/// schemas/train_options.h allows, or left open, or another number is out of its range.
schemas::TrainSettings checked(schemas::TrainSettings settings);

}  // namespace trainer
