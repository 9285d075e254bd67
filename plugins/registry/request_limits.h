#pragma once

#include <cstddef>
#include <cstdint>

/// What the registry takes in a request; both ends are included unless said otherwise.
namespace registry {

inline constexpr std::size_t kMinPictures = 1;
inline constexpr std::size_t kMaxPictures = 30;
/// Outside of these the client is warned: DreamBooth was shown with 3 to 5 pictures
/// (arXiv 2208.12242), and few of them overfit while many blur.
inline constexpr std::size_t kFewPictures = 4;
inline constexpr std::size_t kManyPictures = 8;

inline constexpr std::size_t kMaxCategoryBytes = 64;
inline constexpr std::size_t kMinIdentifierBytes = 2;
inline constexpr std::size_t kMaxIdentifierBytes = 16;
inline constexpr std::size_t kMaxIdentifierTokens = 2;
inline constexpr std::int64_t kMaxSuggestions = 64;

inline constexpr std::int64_t kMinTrainSteps = 1;
inline constexpr std::int64_t kMaxTrainSteps = 1500;
inline constexpr double kMinLearningRate = 1e-8;
inline constexpr double kMaxLearningRate = 1e-2;
inline constexpr double kMaxPriorLossWeight = 10;
inline constexpr std::int64_t kMaxTrainBatchSize = 16;
inline constexpr std::int64_t kMaxClassImages = 1000;
inline constexpr std::int64_t kDefaultClassImages = 100;  ///< or the steps, when they are fewer
inline constexpr std::int64_t kMaxCheckpointingSteps = 100'000;
inline constexpr std::int64_t kMaxValidationSteps = 100'000;
inline constexpr std::int64_t kMaxValidationImages = 16;
inline constexpr double kMaxGradNorm = 100;  ///< and more than 0
inline constexpr double kMaxWeightDecay = 1;
inline constexpr std::int64_t kMaxAccumulation = 16;
inline constexpr double kMaxSnrGamma = 100;  ///< and more than 0
inline constexpr double kMaxEmaDecay = 0.99999;

inline constexpr std::size_t kMaxPromptBytes = 2048;
inline constexpr std::int64_t kMaxImages = 16;
inline constexpr std::int64_t kMaxInferenceSteps = 150;
inline constexpr double kMaxGuidanceScale = 30;
inline constexpr std::int64_t kMinSide = 8;  ///< pixels
inline constexpr std::int64_t kMaxSide = 1024;
inline constexpr std::int64_t kSideStep = 8;  ///< width and height are multiples of it

}  // namespace registry
