#pragma once

#include <cstddef>
#include <cstdint>

#include "schemas/prompt_limits.h"

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

/// Category pictures of a job, or its steps, when they are fewer. Limits of the training options:
/// schemas/train_options.h.
inline constexpr std::int64_t kDefaultClassImages = 100;

using schemas::kMaxPromptBytes;
inline constexpr std::int64_t kMaxImages = 16;
inline constexpr std::int64_t kMaxInferenceSteps = 150;
inline constexpr double kMaxGuidanceScale = 30;
inline constexpr std::int64_t kMinSide = 8;  ///< pixels
inline constexpr std::int64_t kMaxSide = 1024;
inline constexpr std::int64_t kSideStep = 8;  ///< width and height are multiples of it

}  // namespace registry
