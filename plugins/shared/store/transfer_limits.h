#pragma once

#include <cstddef>
#include <cstdint>

/// What a transfer may be; all are included. A Stable Diffusion 1.5 checkpoint has 2 files of 10
/// GB.
namespace store {

inline constexpr std::uint64_t kPieceBytes = 4ull * 1024 * 1024;
inline constexpr std::size_t kMaxFiles = 256;
inline constexpr std::size_t kMaxNameBytes = 255;
inline constexpr std::size_t kMaxLevels = 4;  ///< of a name: folders and the file
inline constexpr std::uint64_t kMaxTransferBytes = 256ull * 1024 * 1024 * 1024;

/// A piece that arrives damaged, or of no offer, is asked for or sent so many times.
inline constexpr int kTries = 3;
/// Transfers that storage has open at once. One more takes the place of the one that was used
/// longest ago, which is offered, and read again from disk, when its next piece comes.
inline constexpr std::size_t kMaxOpenTransfers = 64;
/// Versions from elsewhere that a host keeps; those used longest ago go first.
inline constexpr std::size_t kKeptVersions = 8;

/// What a slow disk takes to flush so many bytes.
inline std::uint32_t time_to_flush_ms(std::uint64_t bytes) {
  return static_cast<std::uint32_t>(10'000 + bytes / 20'000);
}

}  // namespace store
