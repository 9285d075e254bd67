#pragma once

#include <cstddef>
#include <cstdint>

#include "schemas/limits.h"

/// What one request for pictures may ask of the generator.
namespace generator {

inline constexpr std::size_t kMaxPictures =
    schemas::kMaxBlobs - 1;                                     ///< one blob is left to the sheet
inline constexpr std::size_t kMaxLatents = schemas::kMaxArray;  ///< rows of draw_latents.v1
inline constexpr std::int64_t kMaxSidePx = 2048;
inline constexpr std::int64_t kMaxSteps = 1000;
inline constexpr double kMaxGuidanceScale = 100;
/// Pixels of all pictures of a request together, so that the sheet of them fits a blob as well.
inline constexpr std::int64_t kMaxTotalPixels = 16'777'216;
/// Pictures that go through the network together. Memory grows with it, speed hardly beyond it.
inline constexpr std::size_t kMaxBatch = 4;

}  // namespace generator
