#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace pictures {

/// One marker of a JPEG file and the data of its segment (ITU-T T.81, B.1.1).
struct JpegSegment {
  unsigned char marker;
  std::string_view data;  ///< without marker and length

  /// Whether this is a frame header (SOF0 to SOF15), which contains the size.
  bool is_frame() const;
  bool is_end() const { return marker == 0xd9; }
};

/// Walks a JPEG file from marker to marker and skips the compressed data between them. Reads
/// untrusted bytes; keeps a view of them.
class JpegMarkers {
 public:
  explicit JpegMarkers(std::string_view bytes) : bytes_(bytes) {}

  /// The next segment; nothing when the file ends or a segment is longer than the rest of the file.
  std::optional<JpegSegment> next();

 private:
  std::string_view bytes_;
  std::size_t at_ = 0;
};

}  // namespace pictures
