#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace pictures {

/// One chunk of a WebP (RFC 9649, 2.4).
struct WebpChunk {
  std::string_view name;
  std::string_view data;
  std::string_view whole;  ///< with name, length and padding
};

/// What the VP8X chunk announces (RFC 9649, 2.7.1). What a file has without saying so does not
/// count, as in libwebp. All is set in a file without that chunk, which has pixels alone.
struct WebpFeatures {
  bool icc = true, alpha = true, exif = true, xmp = true;
};

WebpFeatures webp_features(std::string_view file);

/// Walks chunks one behind the other. Reads untrusted bytes; keeps a view of them.
class WebpChunks {
 public:
  explicit WebpChunks(std::string_view chunks) : rest_(chunks) {}
  /// The chunks of a file, which check_picture() has accepted.
  static WebpChunks of_file(std::string_view file);

  /// The next chunk; nothing at the end and for a chunk that is longer than the rest.
  std::optional<WebpChunk> next();

 private:
  std::string_view rest_;
};

/// The first picture of an animation as a file of its own, and its place on the canvas.
struct WebpFrame {
  std::string file;
  std::int64_t x, y, width, height;
};

/// Nothing when `file` is no animation, or has no whole frame.
std::optional<WebpFrame> first_frame(std::string_view file);

}  // namespace pictures
