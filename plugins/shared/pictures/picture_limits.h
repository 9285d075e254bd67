#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// The limits of a picture and of decoding it.
namespace pictures {

// Checked on the upload's bytes and header, before decoding.
inline constexpr std::size_t kMaxPictureBytes = 32u * 1024 * 1024;
inline constexpr std::int64_t kMinSidePx = 32;
inline constexpr std::int64_t kMaxSidePx = 8192;
inline constexpr std::int64_t kMaxPixels = 16'777'216;

/// For one picture. The largest takes one or two seconds on a free core.
inline constexpr std::chrono::milliseconds kMaxDecodeTime{20'000};
/// In addition to the decoder's own memory. The largest picture takes 250 MB.
inline constexpr std::uint64_t kMaxDecodeBytes = 768ull * 1024 * 1024;

}  // namespace pictures
