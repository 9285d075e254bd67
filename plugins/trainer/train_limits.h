#pragma once

#include <cstdint>

/// What one job may ask of the trainer. The registry refuses more kindly and earlier.
namespace trainer {

inline constexpr std::int64_t kMaxTrainSteps = 1'000'000;
inline constexpr std::int64_t kMaxValidationImages = 16;
inline constexpr std::int64_t kMaxSteps = 1000;  ///< of sampling a picture
inline constexpr double kMaxLearningRate = 1;

}  // namespace trainer
