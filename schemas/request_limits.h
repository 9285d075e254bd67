#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "schemas/prompt_limits.h"

/// What is taken in a request of a client; both ends are included unless said otherwise. Those of
/// the training options stand in train_option_table.h.
namespace schemas {

inline constexpr std::size_t kMinPictures = 1;
inline constexpr std::size_t kMaxPictures = 30;
/// Outside of these the client is warned: DreamBooth was shown with 3 to 5 pictures
/// (arXiv 2208.12242), and few of them overfit while many blur.
inline constexpr std::size_t kFewPictures = 4;
inline constexpr std::size_t kManyPictures = 8;

inline constexpr std::size_t kMaxCategoryBytes = 64;
inline constexpr std::size_t kMinIdentifierBytes = 2;
inline constexpr std::size_t kMaxIdentifierBytes = 16;
inline constexpr std::int64_t kMaxSuggestions = 64;

inline constexpr std::int64_t kMaxImages = 16;
inline constexpr std::int64_t kMaxInferenceSteps = 150;
inline constexpr double kMaxGuidanceScale = 30;
inline constexpr std::int64_t kMinSide = 8;  ///< pixels
inline constexpr std::int64_t kMaxSide = 1024;
inline constexpr std::int64_t kSideStep = 8;  ///< width and height are multiples of it
/// A test holds them against those that the generator has.
inline constexpr std::array<std::string_view, 6> kDrawSchedulers = {
    "ddim", "ddim-trailing", "pndm", "dpmsolver++", "dpmsolver++-karras", "euler"};

}  // namespace schemas
