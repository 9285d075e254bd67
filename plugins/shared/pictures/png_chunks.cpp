#include "pictures/png_chunks.h"

namespace pictures {
namespace {

constexpr std::size_t kFrameBytes = 12;  // length, type, CRC

}  // namespace

std::optional<PngChunk> PngChunks::next() {
  if (at_ > bytes_.size() || bytes_.size() - at_ < kFrameBytes) return std::nullopt;
  std::size_t length = 0;
  for (std::size_t i = 0; i < 4; ++i) {
    length = length << 8 | static_cast<unsigned char>(bytes_[at_ + i]);
  }
  if (length > bytes_.size() - at_ - kFrameBytes) return std::nullopt;
  const PngChunk chunk{bytes_.substr(at_ + 4, 4), bytes_.substr(at_ + 8, length)};
  at_ += kFrameBytes + length;
  return chunk;
}

}  // namespace pictures
