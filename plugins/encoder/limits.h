#pragma once

#include <cstddef>
#include <cstdint>

/// What a picture may be. Checked on the upload's bytes and header, before anything is decoded.
namespace encoder {

inline constexpr std::size_t kMaxPictureBytes = 32u * 1024 * 1024;
inline constexpr std::int64_t kMinSidePx = 32;
inline constexpr std::int64_t kMaxSidePx = 8192;
inline constexpr std::int64_t kMaxPixels = 16'777'216;

}  // namespace encoder
