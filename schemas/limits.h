#pragma once

#include <cstddef>

/// The limits of every message decoder. A peer that exceeds one gets an error; nothing is allocated
/// for it.
namespace schemas {

inline constexpr std::size_t kMaxHeaderBytes = 64 * 1024;
inline constexpr std::size_t kMaxBodyBytes = 1024 * 1024;
inline constexpr std::size_t kMaxBlobBytes = 64 * 1024 * 1024;
inline constexpr std::size_t kMaxBlobs = 64;
inline constexpr std::size_t kMaxArray = 4096;
inline constexpr std::size_t kMaxMap = 256;
inline constexpr std::size_t kMaxString = 64 * 1024;
inline constexpr std::size_t kMaxDepth = 8;

}  // namespace schemas
