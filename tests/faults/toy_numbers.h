#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "schemas/blob.h"

namespace toy {

/// [channels, height, width] of the toy's latents.
inline constexpr std::int64_t kChannels = 4, kHeight = 2, kWidth = 2;
inline constexpr std::size_t kValues = 16;

/// `count` numbers in [-1, 1) that follow from the bytes alone (FNV-1a, then an LCG).
inline std::vector<float> numbers_from(std::string_view bytes, std::size_t count) {
  std::uint64_t state = 0xcbf29ce484222325;
  for (const char c : bytes) state = (state ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  std::vector<float> numbers(count);
  for (auto& number : numbers) {
    state = state * 6364136223846793005 + 1442695040888963407;
    number = static_cast<float>(state >> 40) * 0x1p-23F - 1;
  }
  return numbers;
}

inline schemas::Blob blob_of(const std::vector<float>& values) {
  return schemas::Blob(
      std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)));
}

inline std::vector<float> floats_of(const schemas::Blob& bytes) {
  std::vector<float> values(bytes.size() / sizeof(float));
  std::memcpy(values.data(), bytes.view().data(), values.size() * sizeof(float));
  return values;
}

}  // namespace toy
