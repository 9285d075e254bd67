#pragma once

#include "schemas/training.h"

namespace trainer {

inline constexpr const char* kBf16 = "bf16";  ///< the mixed_precision that is not "no"

/// The settings as they are. Throws executor::Error(bad_input) when one is out of its range
/// (limits.h) or names what there is not.
schemas::TrainSettings checked(schemas::TrainSettings settings);

}  // namespace trainer
