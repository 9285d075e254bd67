#include "pictures/webp_chunks.h"

#include <algorithm>

namespace pictures {
namespace {

using namespace std::string_view_literals;

constexpr std::size_t kFileHeadBytes = 12;   // RIFF, size, WEBP
constexpr std::size_t kChunkHeadBytes = 8;   // name, length
constexpr std::size_t kFrameHeadBytes = 16;  // of ANMF: place, size, time, flags

std::int64_t little_endian(std::string_view bytes, std::size_t at, std::size_t size) {
  std::int64_t value = 0;
  for (std::size_t i = size; i-- > 0;)
    value = value << 8 | static_cast<unsigned char>(bytes[at + i]);
  return value;
}

std::string digits(std::size_t value, int count) {
  std::string bytes;
  for (int i = 0; i < count; ++i) bytes += static_cast<char>(value >> 8 * i & 0xff);
  return bytes;
}

// VP8X, so that an ALPH chunk is allowed beside VP8.
std::string head_of(const WebpFrame& frame) {
  constexpr std::size_t kAlpha = 0x10;
  return "VP8X" + digits(10, 4) + digits(kAlpha, 4) +
         digits(static_cast<std::size_t>(frame.width - 1), 3) +
         digits(static_cast<std::size_t>(frame.height - 1), 3);
}

WebpFrame frame_of(std::string_view data) {
  WebpFrame frame{.file = {},
                  .x = little_endian(data, 0, 3) * 2,
                  .y = little_endian(data, 3, 3) * 2,
                  .width = little_endian(data, 6, 3) + 1,
                  .height = little_endian(data, 9, 3) + 1};
  std::string chunks = head_of(frame);
  WebpChunks inside(data.substr(kFrameHeadBytes));
  while (const auto chunk = inside.next()) {
    if (chunk->name == "VP8L") chunks.clear();  // has its own alpha, and no need of VP8X
    if (chunk->name == "VP8L" || chunk->name == "VP8 " || chunk->name == "ALPH") {
      chunks += chunk->whole;
    }
  }
  frame.file = "RIFF" + digits(chunks.size() + 4, 4) + "WEBP" + chunks;
  return frame;
}

}  // namespace

WebpFeatures webp_features(std::string_view file) {
  const auto head = WebpChunks::of_file(file).next();
  if (!head || head->name != "VP8X" || head->data.empty()) return {};
  const auto flags = static_cast<unsigned char>(head->data[0]);
  return {.icc = (flags & 0x20) != 0,
          .alpha = (flags & 0x10) != 0,
          .exif = (flags & 0x08) != 0,
          .xmp = (flags & 0x04) != 0};
}

WebpChunks WebpChunks::of_file(std::string_view file) {
  if (file.size() < kFileHeadBytes) return WebpChunks({});
  const auto size = static_cast<std::size_t>(little_endian(file, 4, 4)) + kChunkHeadBytes;
  return WebpChunks(file.substr(0, size).substr(kFileHeadBytes));
}

std::optional<WebpChunk> WebpChunks::next() {
  if (rest_.size() < kChunkHeadBytes) return std::nullopt;
  const auto length = static_cast<std::size_t>(little_endian(rest_, 4, 4));
  if (length > rest_.size() - kChunkHeadBytes) return std::nullopt;
  const auto whole = std::min(rest_.size(), kChunkHeadBytes + length + length % 2);
  const WebpChunk chunk{rest_.substr(0, 4), rest_.substr(kChunkHeadBytes, length),
                        rest_.substr(0, whole)};
  rest_.remove_prefix(whole);
  return chunk;
}

std::optional<WebpFrame> first_frame(std::string_view file) {
  auto chunks = WebpChunks::of_file(file);
  while (const auto chunk = chunks.next()) {
    if (chunk->name == "ANMF"sv && chunk->data.size() >= kFrameHeadBytes) {
      return frame_of(chunk->data);
    }
  }
  return std::nullopt;
}

}  // namespace pictures
