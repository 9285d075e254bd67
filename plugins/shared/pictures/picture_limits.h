#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

/// What a picture may be, and what decoding it may take.
namespace pictures {

// Checked on the upload's bytes and header, before anything is decoded.
inline constexpr std::size_t kMaxPictureBytes = 32u * 1024 * 1024;
inline constexpr std::int64_t kMinSidePx = 32;
inline constexpr std::int64_t kMaxSidePx = 8192;
inline constexpr std::int64_t kMaxPixels = 16'777'216;

/// For one picture; the largest takes a second on a free core.
inline constexpr std::chrono::milliseconds kMaxDecodeTime{20'000};
/// Beside what the decoder takes for itself; the largest picture takes 450 MB.
inline constexpr std::uint64_t kMaxDecodeBytes = 768ull * 1024 * 1024;

}  // namespace pictures
