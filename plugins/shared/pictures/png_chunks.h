#pragma once

#include <optional>
#include <string_view>

namespace pictures {

inline constexpr std::string_view kPngSignature{"\x89PNG\r\n\x1a\n"};

/// One chunk of a PNG (ISO 15948, 5.3), without length and CRC.
struct PngChunk {
  std::string_view type;
  std::string_view data;
};

/// Walks a PNG from chunk to chunk. Reads untrusted bytes; keeps a view of them.
class PngChunks {
 public:
  explicit PngChunks(std::string_view bytes) : bytes_(bytes) {}

  /// The next chunk; nothing when the file ends before the chunk does.
  std::optional<PngChunk> next();

 private:
  std::string_view bytes_;
  std::size_t at_ = kPngSignature.size();
};

}  // namespace pictures
