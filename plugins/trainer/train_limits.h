#pragma once

#include <cstdint>

/// What one job may ask of the trainer beside the training options (schemas/train_options.h).
namespace trainer {

inline constexpr std::int64_t kMaxSteps = 1000;  ///< of sampling a picture

}  // namespace trainer
