#pragma once

#include <cstddef>
#include <cstdint>

#include "schemas/limits.h"

/// The limits of one request for pictures.
namespace generator {

/// One blob is left for the sheet.
inline constexpr std::size_t kMaxPictures = schemas::kMaxBlobs - 1;
inline constexpr std::size_t kMaxLatents = schemas::kMaxArray;  ///< rows of draw_latents.v1
inline constexpr std::int64_t kMaxSidePx = 2048;
inline constexpr std::int64_t kMaxSteps = 1000;
inline constexpr double kMaxGuidanceScale = 100;
/// Total pixels of a request's pictures, so that their contact sheet fits into a blob too.
inline constexpr std::int64_t kMaxTotalPixels = 16'777'216;
/// Pictures that go through the network together. A larger number needs more memory and gains
/// hardly any speed.
inline constexpr std::size_t kMaxBatch = 4;

}  // namespace generator
